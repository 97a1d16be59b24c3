#include "faults.h"

#include "drift.h"
#include "trireme/core/format.h"

namespace scripted_aws {

using trireme::format;

Json strike(World& world, const Request& request, int call, const std::string& kind) {
  const std::string name = request.service + "." + request.operation;
  return world.take_fault(kind, [&](const Json& fault) {
    if (!fault.contains("call") && !fault.contains("operation")) return kind == "resource_changed_by_hand";
    return fault.value("call", call) == call && fault.value("operation", name) == name;
  });
}

void strike_before(World& world, const Request& request, int call) {
  if (const Json fault = strike(world, request, call, "resource_changed_by_hand"); !fault.is_null()) {
    change_by_hand(world, fault);
  }
  if (!strike(world, request, call, "throttle").is_null()) throw AwsError("ThrottlingException", "Rate exceeded");
  if (!strike(world, request, call, "expired_credentials").is_null()) {
    throw AwsError("ExpiredToken", "The security token included in the request is expired");
  }
  if (const Json fault = strike(world, request, call, "access_denied"); !fault.is_null()) {
    const std::string action = fault.at("action");
    throw AwsError(fault.value("code", "AccessDenied"),
                   format("User: arn:{}:iam::{}:user/scripted is not authorized to perform: {} because no "
                          "identity-based policy allows the {} action",
                          world.partition(), world.account(), action, action));
  }
}

}  // namespace scripted_aws
