#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trireme::catalog {

/// The accelerators of an instance, all alike.
struct Accelerators {
  int64_t count = 0;
  std::string maker;                  // "nvidia", "aws"; empty without accelerators
  std::string name;                   // "h100-sxm", as in facts/gpu_peaks.tsv, or the chip's: "trainium2"
  std::optional<int64_t> memory_mib;  // of each
  std::optional<int64_t> nvlinks;     // of each, to the others in the instance; 0: none
  std::optional<int64_t> nvlink_generation;
};

/// A row of facts/instances.tsv. Empty optionals: unknown, which is reported as such and never guessed.
struct InstanceType {
  std::string name;          // "p5.48xlarge"
  std::string architecture;  // "x86_64", "arm64"
  int64_t vcpus = 0;
  int64_t cores = 0;
  int64_t threads_per_core = 0;
  std::optional<int64_t> sockets;
  int64_t memory_mib = 0;
  Accelerators accelerators;
  std::optional<double> network_gbps;     // the most it reaches; smaller types hold it only in bursts
  int64_t network_cards = 0;              // which facts/network_cards.tsv describes
  std::optional<int64_t> efa_interfaces;  // at most; 0: no EFA
  std::optional<bool> efa_rdma_read, efa_rdma_write;
  int64_t local_nvme_gb = 0;  // of all disks, in 10^9 bytes
  int64_t local_nvme_disks = 0;
  std::optional<bool> placement_group;  // can be in one of strategy "cluster"
  std::optional<bool> capacity_block;
  std::optional<bool> spot;
  std::optional<int64_t> slurm_real_memory_mb;  // RealMemory of slurm.conf, where one is recorded
  std::string source;

  /// "p5" of "p5.48xlarge".
  std::string family() const { return name.substr(0, name.find('.')); }
};

/// All rows, in file order; read once a process.
const std::vector<InstanceType>& instance_types();

/// By EC2's name, or by that of SageMaker HyperPod, which puts "ml." before it. Null when the table does not list it.
const InstanceType* find_instance_type(std::string_view name);

/// The same. Throws ConfigError, with the nearest name or where to look, when there is none.
const InstanceType& instance_type(std::string_view name);

}  // namespace trireme::catalog
