#pragma once

#include <set>
#include <string>
#include <vector>

#include "trireme/catalog/region.h"
#include "trireme/cloud/description/cluster.h"

namespace trireme::cloud::policy {

/// What one row of facts/iam_actions.tsv allows, for one cluster.
struct Permission {
  std::vector<std::string> actions;
  std::vector<std::string> resources;         // ARNs with wildcards, or "*"
  std::string condition_key;                  // "iam:PassedToService"; empty: no condition
  std::vector<std::string> condition_values;  // one of them must hold
};

/// The permissions that each of `users`, types of CloudFormation and commands, needs. Throws FormatError naming one
/// that the table lacks.
std::vector<Permission> permissions_of(const std::set<std::string>& users, const Cluster& cluster,
                                       const catalog::Region& region);

}  // namespace trireme::cloud::policy
