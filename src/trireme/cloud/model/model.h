#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/model/job.h"
#include "trireme/cloud/model/network.h"
#include "trireme/cloud/model/nodes.h"
#include "trireme/cloud/model/stack.h"
#include "trireme/cloud/model/storage.h"

namespace trireme::cloud {

/// A name that AWS limits, with what it names.
struct NameModel {
  std::string kind;  // cluster, stack, bucket, role, queue, compute-resource
  Text name;
};

/// What preflight knows of one file: its rules see nothing else of it. Files in whatever language are lowered to it.
struct Model {
  std::string file;
  std::string kind;  // cluster, cloudformation, pcluster, batch-job, kubernetes, shell
  Text region;
  NetworkModel network;
  std::vector<NodeModel> nodes;
  std::vector<FileSystemModel> file_systems;
  std::vector<Mount> mounts;
  std::vector<DatabaseModel> databases;
  std::vector<BucketModel> buckets;
  std::vector<ContainerJob> jobs;
  std::vector<Setting> settings;
  std::vector<SoftwareModel> software;
  std::vector<StackModel> stacks;
  std::vector<NameModel> names;
  std::vector<Text> scripts;                   // that nodes or builds fetch
  std::vector<Text> placeholders;              // values that must be filled in
  std::vector<Fact<bool>> unsecured_metadata;  // where any user of a node may ask its metadata service
};

}  // namespace trireme::cloud
