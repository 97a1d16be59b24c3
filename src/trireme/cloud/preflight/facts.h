#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "trireme/cloud/address/cidr.h"

namespace trireme::cloud {

/// Rows of facts/ that only preflight asks; each table is read once, when a rule first asks for it.

/// facts/os_support.tsv
struct OsSupport {
  std::string os, end_of_support, lustre, source;
  bool pcluster = true;
  std::vector<std::string> architectures;
};
const OsSupport* find_os(const std::string& os);

/// facts/engine_versions.tsv
struct EngineVersion {
  std::string engine, version, source;
  bool withdrawn = false;
};
const EngineVersion* find_engine_version(const std::string& engine, const std::string& version);
/// Newest offered version; empty when the table has none.
std::string newest_engine_version(const std::string& engine);

/// facts/fsx_lustre.tsv
struct LustreDeployment {
  std::string deployment, storage, source;
  std::vector<int64_t> sizes, throughputs;
  int64_t step = 0;
  bool metadata = false;
  std::map<int64_t, int64_t> efa_steps;  // by throughput
};
const LustreDeployment* find_lustre(const std::string& deployment, const std::string& storage);
std::vector<std::string> lustre_deployments();

/// facts/fsx_openzfs.tsv
struct OpenZfsDeployment {
  std::string deployment, source;
  std::vector<int64_t> throughputs;
  int64_t subnets = 1;
};
const OpenZfsDeployment* find_openzfs(const std::string& deployment);

/// facts/fsx_regions.tsv; null: not known.
const std::vector<std::string>* openzfs_deployments_in(const std::string& region);

/// facts/quotas.tsv
struct QuotaFact {
  std::string code, service, counts, name, source;
  std::vector<std::string> families;
  double initial = 0;
};
const std::vector<QuotaFact>& quota_facts();

/// facts/vpc_blocks.tsv: blocks that can't join a VPC whose first block is `primary`.
std::vector<Cidr> restricted_blocks(const Cidr& primary);

}  // namespace trireme::cloud
