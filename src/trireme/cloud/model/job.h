#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/model/fact.h"

namespace trireme::cloud {

/// A container that a job starts on each of its nodes.
struct ContainerJob {
  std::string name;
  SourceLocation where;
  Text image;
  Text instance;
  Fact<int64_t> nodes;
  Fact<int64_t> vcpus, memory_mib, gpus;
  Fact<int64_t> shared_memory_mib;  // of /dev/shm
  Fact<int64_t> memlock;            // -1: unlimited; absent: the runtime's default
  Facts<std::string> devices;       // paths on the host
  Fact<int64_t> efa;                // interfaces asked for by count
  Fact<int64_t> timeout_s;
  Facts<std::string> command;
  bool limits_apply = true;  // the job can set ulimits: not so in Kubernetes
  bool runs = true;          // false: an image that a build starts from
};

/// An environment variable that a file sets for the programs it starts.
struct Setting {
  std::string name;
  Text value;
  Text instance;
};

struct SoftwareModel {
  std::string name;
  SourceLocation where;
  Text instance;
  Text efa_installer, libfabric, plugin, nccl, cuda, driver, kernel;
};

}  // namespace trireme::cloud
