#pragma once

#include "request.h"
#include "world.h"

namespace scripted_aws {

/// script.json is a list of faults, each {"fault": KIND, "times": 1, …}. Which call they strike: "call": N, counted
/// from 1, or "operation": "cloudformation.describe-stacks", or both; each strikes `times` calls.
///
///   kill_before, kill_after   SIGKILL to the process that runs the command, before or after the call takes effect
///   throttle, expired_credentials, access_denied ("action", "code")   the error instead of the effect
///   no_connection             exit status 255 and no effect
///   garbage                   the effect, but an answer that is no JSON
///   slow ("ms")               the effect, later
///
/// Not bound to a call: stack_failure ("stack", "logical_id", "reason", "phase": deploy, delete or rollback), and
/// resource_changed_by_hand ("stack", "logical_id", "properties" or "deleted"), which happens before the next call that
/// fits.

/// The fault of `kind` that strikes this call; null if none.
Json strike(World& world, const Request& request, int call, const std::string& kind);

/// Applies resource_changed_by_hand, and throws the errors that come instead of an effect.
void strike_before(World& world, const Request& request, int call);

}  // namespace scripted_aws
