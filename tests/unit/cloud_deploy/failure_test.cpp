#include "trireme/cloud/deploy/failure.h"

#include <gtest/gtest.h>

#include "trireme/cloud/deploy/stack_status.h"

namespace trireme::cloud {
namespace {

/// Events as they happened: "LOGICAL_ID STATUS reason"; "net" is the stack.
std::string cause_of(const std::vector<std::string>& story) {
  Json events = Json::array();
  for (const std::string& line : story) {
    const size_t first = line.find(' '), second = line.find(' ', first + 1);
    const std::string id = line.substr(0, first);
    Json event = {{"LogicalResourceId", id},
                  {"ResourceType", id == "net" ? "AWS::CloudFormation::Stack" : "AWS::EC2::" + id},
                  {"ResourceStatus", line.substr(first + 1, second - first - 1)}};
    if (second != std::string::npos) event["ResourceStatusReason"] = line.substr(second + 1);
    events.insert(events.begin(), std::move(event));
  }
  return first_cause_in(events, "net");
}

TEST(FirstCause, IsTheFailureAndNotWhatFollows) {
  EXPECT_EQ(cause_of({"net CREATE_IN_PROGRESS User Initiated", "Vpc CREATE_COMPLETE",
                      "Subnet CREATE_FAILED The maximum number of VPCs has been reached.",
                      "Route CREATE_FAILED Resource creation cancelled",
                      "net ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Subnet, Route]. Rollback "
                      "requested by user.",
                      "Vpc DELETE_COMPLETE", "net ROLLBACK_COMPLETE"}),
            "Subnet (AWS::EC2::Subnet): The maximum number of VPCs has been reached.\n  next: delete VPCs that are not "
            "used, raise the quota in Service Quotas, or adopt a VPC with network.vpc");
}

TEST(FirstCause, OfTheLastOperationAlone) {
  const std::string cause =
      cause_of({"net UPDATE_IN_PROGRESS User Initiated", "Vpc UPDATE_FAILED first", "net UPDATE_ROLLBACK_COMPLETE",
                "net UPDATE_IN_PROGRESS User Initiated", "Subnet UPDATE_FAILED second", "Vpc UPDATE_FAILED third"});
  EXPECT_EQ(cause,
            "Subnet (AWS::EC2::Subnet): second\n  next: correct the description, then run the same command again");
}

TEST(FirstCause, OfTheStackItself) {
  EXPECT_EQ(cause_of({"net UPDATE_IN_PROGRESS User Initiated",
                      "net UPDATE_ROLLBACK_IN_PROGRESS Export net-A cannot be deleted as it is in use by other",
                      "net UPDATE_ROLLBACK_COMPLETE"}),
            "net (AWS::CloudFormation::Stack): Export net-A cannot be deleted as it is in use by other\n  next: delete "
            "the stacks that import from it first");
}

TEST(FirstCause, AndOfARollBackThatFailedToo) {
  const std::string cause = cause_of(
      {"net UPDATE_IN_PROGRESS User Initiated", "Vpc UPDATE_FAILED no such block",
       "net UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Vpc].", "Route UPDATE_FAILED gone",
       "net UPDATE_ROLLBACK_FAILED The following resource(s) failed to update: [Route]."});
  EXPECT_EQ(cause.find("Vpc (AWS::EC2::Vpc): no such block"), 0u);
  EXPECT_NE(cause.find("its roll-back failed too: Route (AWS::EC2::Route): gone"), std::string::npos);
}

TEST(FirstCause, NothingWithoutAFailure) {
  EXPECT_EQ(cause_of({}), "");
  EXPECT_EQ(cause_of({"net CREATE_IN_PROGRESS User Initiated", "net CREATE_COMPLETE"}), "");
}

TEST(StackState, OfEveryStatus) {
  const std::vector<std::pair<const char*, StackState>> cases = {
      {"", StackState::kAbsent},
      {"REVIEW_IN_PROGRESS", StackState::kAbsent},
      {"DELETE_COMPLETE", StackState::kAbsent},
      {"CREATE_IN_PROGRESS", StackState::kBusy},
      {"ROLLBACK_IN_PROGRESS", StackState::kBusy},
      {"DELETE_IN_PROGRESS", StackState::kBusy},
      {"UPDATE_IN_PROGRESS", StackState::kBusy},
      {"UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", StackState::kBusy},
      {"UPDATE_ROLLBACK_IN_PROGRESS", StackState::kBusy},
      {"UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", StackState::kBusy},
      {"IMPORT_IN_PROGRESS", StackState::kBusy},
      {"IMPORT_ROLLBACK_IN_PROGRESS", StackState::kBusy},
      {"CREATE_COMPLETE", StackState::kReady},
      {"UPDATE_COMPLETE", StackState::kReady},
      {"UPDATE_FAILED", StackState::kReady},
      {"UPDATE_ROLLBACK_COMPLETE", StackState::kReady},
      {"IMPORT_COMPLETE", StackState::kReady},
      {"IMPORT_ROLLBACK_COMPLETE", StackState::kReady},
      {"CREATE_FAILED", StackState::kFailedCreation},
      {"ROLLBACK_COMPLETE", StackState::kFailedCreation},
      {"ROLLBACK_FAILED", StackState::kFailedCreation},
      {"UPDATE_ROLLBACK_FAILED", StackState::kStuckUpdate},
      {"DELETE_FAILED", StackState::kFailedDeletion},
  };
  for (const auto& [status, state] : cases) EXPECT_EQ(state_of(status), state) << status;
}

}  // namespace
}  // namespace trireme::cloud
