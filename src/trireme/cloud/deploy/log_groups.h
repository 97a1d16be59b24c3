#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/deploy/aws.h"
#include "trireme/cloud/synthesis.h"

namespace trireme::cloud {

/// Names of the cluster's log groups, in stacks or kept by stacks that are gone: by the prefix of their names, and by
/// the cluster's tag, since a longer cluster name may begin with the same prefix.
std::vector<std::string> log_groups_of(const Aws& aws, const Cluster& cluster);
void delete_log_group(const Aws& aws, const std::string& name);

}  // namespace trireme::cloud
