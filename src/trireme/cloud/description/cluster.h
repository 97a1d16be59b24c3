#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace trireme::cloud {

/// [nodes.NAME] capacity: where the instances come from.
struct Capacity {
  std::string kind = "on-demand";  // on-demand, spot, reservation, reservation-group, block, training-plan
  std::string id;                  // cr-…, or the ARN of the group or plan
};

/// [nodes.NAME]: instances that are alike.
struct NodeGroup {
  std::string name;
  std::string role = "worker";  // controller, login, worker, system
  std::string instance;         // "p5.48xlarge"
  int64_t count = 1;            // running all the time
  int64_t max_count = 0;        // started on demand up to here; 0: count
  Capacity capacity;
  std::string efa = "auto";              // auto: where the type has it; on, off
  std::string placement_group = "auto";  // auto: on, except with capacity that is placed already; on, off
  std::string image;                     // ami-…; empty: [image]
  int64_t root_gib = 200;
  std::string scratch = "/scratch";  // where local disks are mounted
  bool hyperthreads = false;         // two hardware threads a core
  std::vector<std::string> setup;    // scripts run once when a node starts, "s3://… ARG…" or "https://… ARG…"

  int64_t most() const { return max_count > 0 ? max_count : count; }
};

/// [storage.NAME]: a shared file system, or a bucket.
struct Storage {
  std::string name;
  std::string kind = "lustre";  // lustre, openzfs, bucket
  std::string id;               // fs-…, fsvol-… or a bucket's name: adopted, not created
  std::string mount;            // "/fsx"
  std::string mount_name;       // lustre, adopted: what clients mount, such as "fsx" or "abcdefgh"
  int64_t size_gib = 0;
  int64_t throughput = 0;         // lustre: MB/s per TiB; openzfs: MB/s of the file system
  std::string deployment;         // empty: persistent-2, single-az-ha-2
  std::string version = "2.15";   // lustre
  std::string compression;        // empty: lz4, zstd
  std::string metadata = "auto";  // lustre: auto; automatic, or user with metadata_iops
  int64_t metadata_iops = 0;
  bool efa = false;             // lustre: EFA-enabled file system
  int64_t backup_days = 0;      // daily backups kept; 0: none
  std::string data_repository;  // lustre: "s3://bucket/prefix" or "storage.NAME", linked at the mount's root
  std::string clients;          // openzfs: CIDR that may mount it; empty: the VPC
};

/// [network]
struct Network {
  std::string cidr = "10.0.0.0/16";
  std::string secondary_cidr;
  std::string internet = "nat";               // nat: one gateway; nat-per-zone; closed: no way out but endpoints
  int64_t flow_log_days = 30;                 // 0: no flow logs
  std::string vpc;                            // adopted, with the four below
  std::string subnet;                         // private, for workers and storage
  std::string public_subnet;                  // for head and login nodes
  std::vector<std::string> database_subnets;  // two zones at least
  std::string security_group;                 // with EFA's self rules

  bool adopted() const { return !vpc.empty(); }
};

/// [accounting]: Aurora MySQL for slurmdbd.
struct Accounting {
  std::string kind = "none";  // none, aurora, adopted
  std::string engine_version = "8.0.mysql_aurora.3.08.2";
  double min_capacity = 0.5;  // Aurora capacity units
  double max_capacity = 4;
  int64_t backup_days = 7;
  int64_t rotate_days = 30;  // of the password; 0: never
  std::string host;          // adopted: HOST:PORT
  std::string user = "slurmadmin";
  std::string secret;          // adopted: ARN
  std::string security_group;  // adopted: of the clients
};

/// [image]
struct Image {
  std::string os = "ubuntu2204";
  std::string id;  // ami-…
};

/// [access]
struct Access {
  std::string key_pair;
  std::string ssh_from;  // CIDR that may reach the head node; empty: only AWS Systems Manager
};

/// [monitoring]
struct Monitoring {
  bool detailed = true;
  bool dashboards = true;
  int64_t log_days = 30;
  std::string email;                  // receives events of jobs, capacity and nodes
  std::vector<std::string> hyperpod;  // HyperPod clusters whose events it receives too
};

/// [batch]
struct Batch {
  std::string image = "public.ecr.aws/hpc-cloud/nccl-tests:cuda12.8.1-efa1.42.0-ofiv1.16.0-ncclv2.27.5-1-testsv2.16.4";
  int64_t nodes = 2;         // of the NCCL job
  int64_t timeout_s = 1800;  // of the NCCL job
  int64_t shared_memory_gib = 64;
};

/// [software]: versions on the nodes, for the advice on EFA and for preflight. Empty: not known.
struct Software {
  std::string efa_installer;
  std::string libfabric;
  std::string plugin;  // aws-ofi-nccl
  std::string nccl;
  std::string cuda;
  std::string driver;
  std::string kernel;
};

/// A cluster as its description gives it. docs/reference/cluster.md lists every key.
struct Cluster {
  int64_t version = 1;
  std::string base;  // empty: what it named is part of this already
  std::string name;
  std::string orchestrator = "parallelcluster";  // batch, hyperpod-slurm, hyperpod-eks, eks
  std::string region;
  std::string zone;                // "use2-az3"
  std::vector<std::string> zones;  // instead of zone: 1 to 6, the first one for workers
  std::map<std::string, std::string> tags;
  Network network;
  std::vector<Storage> storage;
  std::vector<NodeGroup> nodes;
  Accounting accounting;
  Image image;
  Access access;
  Monitoring monitoring;
  Batch batch;
  Software software;

  std::vector<std::string> all_zones() const { return zones.empty() ? std::vector<std::string>{zone} : zones; }
  std::vector<const NodeGroup*> with_role(const std::string& role) const;
  bool on(const std::string& target) const { return orchestrator == target; }
  /// Are head and login nodes in a public subnet: for those who may reach SSH, or because an adopted one is named?
  /// There the internet gateway is the only way out, and it serves nodes with a public address alone.
  bool login_is_public() const {
    return network.adopted() ? !network.public_subnet.empty()
                             : network.internet != "closed" && !access.ssh_from.empty();
  }
  bool runs_slurm() const { return on("parallelcluster") || on("hyperpod-slurm"); }
};

}  // namespace trireme::cloud
