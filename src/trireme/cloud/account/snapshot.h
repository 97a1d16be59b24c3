#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/deploy/aws.h"

namespace trireme::cloud {

/// A list that the caller may not see.
struct Unseen {
  std::string list;        // key of the snapshot: "quotas"
  std::string permission;  // the IAM action that would show it
};

/// What an account has in a region.
struct Snapshot {
  Json contents;  // a key for each list that could be seen, and "missing" with those that could not
  std::vector<Unseen> missing;
};

/// Looks, and changes nothing. Throws AwsError for anything but a lack of permission.
Snapshot take_snapshot(const Aws& aws);

}  // namespace trireme::cloud
