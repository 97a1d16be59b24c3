#pragma once

#include <span>

#include "trireme/cloud/deploy/aws.h"

namespace trireme::cloud {

/// One list of a snapshot.
struct AccountList {
  const char* key;
  const char* permission;
  Json (*take)(const Aws& aws);
};

/// In the order of the file.
std::span<const AccountList> account_lists();

}  // namespace trireme::cloud
