#include "trireme/cloud/account/snapshot.h"

#include "trireme/cloud/account/lists.h"
#include "trireme/core/clock.h"

namespace trireme::cloud {

namespace {

/// "AccessDenied", "AccessDeniedException", "UnauthorizedOperation": services differ.
bool is_refusal(const AwsError& error) {
  return error.cause().find("AccessDenied") == 0 || error.cause().find("Unauthorized") == 0;
}

}  // namespace

Snapshot take_snapshot(const Aws& aws) {
  Snapshot snapshot;
  snapshot.contents = {{"account", aws.call("sts", "get-caller-identity").at("Account")},
                       {"region", aws.region()},
                       {"taken", utc_timestamp()}};
  Json missing = Json::array();
  for (const AccountList& list : account_lists()) {
    try {
      snapshot.contents[list.key] = list.take(aws);
    } catch (const AwsError& error) {
      if (!is_refusal(error)) throw;
      snapshot.missing.push_back({list.key, list.permission});
      missing.push_back({{"list", list.key}, {"permission", list.permission}});
    }
  }
  snapshot.contents["missing"] = std::move(missing);
  return snapshot;
}

}  // namespace trireme::cloud
