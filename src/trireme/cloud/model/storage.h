#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/model/fact.h"

namespace trireme::cloud {

struct FileSystemModel {
  std::string name;
  SourceLocation where;
  Text kind;  // lustre, openzfs
  Fact<int64_t> size_gib;
  Text deployment;           // as FSx spells it: PERSISTENT_2
  Fact<int64_t> throughput;  // lustre: MB/s per TiB; openzfs: MB/s
  Text version;              // of Lustre
  Text metadata_mode;        // AUTOMATIC, USER_PROVISIONED
  Fact<int64_t> metadata_iops;
  Fact<bool> efa;
  Fact<int64_t> backup_days;
  Text import_path;
  bool has_data_repository = false;  // an association
  Text storage_type;                 // SSD, HDD, INTELLIGENT_TIERING
  Facts<Link> subnets, groups;
};

struct Mount {
  std::string name;
  Text path;
};

struct DatabaseModel {
  std::string name;
  SourceLocation where;
  Text engine;
  Text engine_version;
  Fact<double> min_capacity, max_capacity;
  Facts<Link> subnets;
  Fact<bool> deletion_protection, is_public, encrypted;
  Text deletion_policy;
  bool cluster = false;
};

struct BucketModel {
  std::string name;
  SourceLocation where;
  Text bucket_name;
  Fact<bool> public_access_blocked;
  Fact<bool> encryption;
  Fact<bool> tls_only;  // a policy refuses requests without TLS
};

}  // namespace trireme::cloud
