#pragma once

#include <string>

#include "trireme/cloud/description/cluster.h"

namespace trireme::cloud {

/// The user that nodes of this operating system are logged in as, by facts/os_users.tsv. Throws ConfigError when the
/// table does not say.
std::string login_user(const std::string& os);

/// A block for OpenSSH that logs in to `instance` through AWS Systems Manager, so that no port is open: "Allow and
/// control permissions for SSH connections through Session Manager", AWS Systems Manager User Guide. `profile` of the
/// AWS command line may be empty. Throws UsageError for a user name that no system takes.
std::string ssh_config(const Cluster& cluster, const std::string& instance, const std::string& user,
                       const std::string& profile);

}  // namespace trireme::cloud
