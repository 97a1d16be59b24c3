#pragma once

#include <map>
#include <string>

#include "trireme/cloud/deploy/aws.h"

namespace trireme::cloud {

/// What can be done with a stack next. "Understand stack creation events" and "StackStatus", CloudFormation API
/// Reference.
enum class StackState {
  kAbsent,          // no such stack, or only a change set that would make it
  kBusy,            // an operation runs
  kReady,           // takes an update
  kFailedCreation,  // holds nothing worth keeping: must be deleted before it can be made again
  kStuckUpdate,     // its roll-back failed and must be continued
  kFailedDeletion,  // must be deleted again
};

struct StackStatus {
  StackState state = StackState::kAbsent;
  std::string status;  // AWS's word: "UPDATE_COMPLETE"; empty: no stack
  std::string reason;
  std::string changed;  // when, as AWS writes it
  std::map<std::string, std::string> tags;

  bool exists() const { return !status.empty(); }
  /// Did its last operation reach what was asked for?
  bool succeeded() const { return status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE"; }
};

StackState state_of(const std::string& status);
StackStatus stack_status(const Aws& aws, const std::string& stack);
/// Starts the roll-back of a kStuckUpdate again.
void continue_rollback(const Aws& aws, const std::string& stack);
/// Polls until no operation runs.
StackStatus wait_for_stack(const Aws& aws, const std::string& stack);

}  // namespace trireme::cloud
