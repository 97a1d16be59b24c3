#include "trireme/cloud/deploy/stack_step.h"

#include "trireme/cloud/deploy/failure.h"
#include "trireme/cloud/deploy/templates.h"

namespace trireme::cloud {

namespace {

constexpr const char* kContentTag = "trireme:content";

}  // namespace

bool StackStep::is_deployed(const StackStatus& status) const {
  const auto content = status.tags.find(kContentTag);
  return status.state == StackState::kReady && content != status.tags.end() && content->second == content_id(file_);
}

ChangeSet StackStep::plan() const {
  const StackStatus status = stack_status(aws_, file_.stack);
  if (is_deployed(status)) return {file_.stack, "", {}};
  if (status.state == StackState::kReady) {
    const ChangeSet set = create_change_set(aws_, cluster_, file_, /*exists=*/true);
    if (!set.empty()) delete_change_set(aws_, set);
    return set;
  }
  if (status.state == StackState::kBusy || status.state == StackState::kStuckUpdate) {
    throw ConfigError(format("{} is {}: what would change shows only once that has ended; `trireme deploy apply` waits",
                             file_.stack, status.status));
  }
  ChangeSet set{file_.stack, "", {}};
  for (const TemplateResource& resource : resources_of(file_)) {
    set.changes.push_back({.action = "Add", .logical_id = resource.logical_id, .type = resource.type});
  }
  return set;
}

/// Waits for what runs and removes what failed, until the stack is absent or takes an update.
StackStatus StackStep::clear_way() const {
  for (;;) {
    const StackStatus status = wait_for_stack(aws_, file_.stack);
    switch (status.state) {
      case StackState::kAbsent:
      case StackState::kReady: return status;
      case StackState::kFailedCreation:
      case StackState::kFailedDeletion:
        say("an earlier try ended in " + status.status + ": deleting what it left");
        aws_.call("cloudformation", "delete-stack", {{"StackName", file_.stack}});
        break;
      case StackState::kStuckUpdate:
        say("an earlier update ended in " + status.status + ": continuing its roll-back");
        aws_.call("cloudformation", "continue-update-rollback", {{"StackName", file_.stack}});
        break;
      case StackState::kBusy: break;
    }
    aws_.wait();
  }
}

void StackStep::check_data(const ChangeSet& set) const {
  const ResourceChange* lost = find_data_loss(set.changes, may_lose_);
  if (lost == nullptr) return;
  delete_change_set(aws_, set);
  throw ConfigError(format(
      "{}: the change would {} {} ({}), and its data\n  next: undo the change, or allow it with "
      "--replace {}; the old one is kept, outside the stack",
      file_.stack, lost->action == "Remove" ? "remove" : "replace", lost->logical_id, lost->type, lost->logical_id));
}

void StackStep::apply() const {
  const StackStatus before = clear_way();
  if (is_deployed(before)) return say("is as described");
  const bool exists = before.state == StackState::kReady;
  const ChangeSet set = create_change_set(aws_, cluster_, file_, exists);
  if (set.empty()) return say("is as described");
  check_data(set);
  say(format("{} {} resources", exists ? "updating" : "creating", set.changes.size()));
  execute_change_set(aws_, set);
  const StackStatus after = wait_for_stack(aws_, file_.stack);
  if (is_deployed(after)) return say(exists ? "updated" : "created");
  const std::string cause = first_cause(aws_, file_.stack);
  throw AwsError("StackFailed",
                 format("{} ended in {}: {}", file_.stack, after.status.empty() ? "nothing" : after.status,
                        cause.empty() ? after.reason : cause));
}

void StackStep::remove() const {
  StackStatus status = wait_for_stack(aws_, file_.stack);
  if (!status.exists()) return say("is not there");
  say("deleting");
  aws_.call("cloudformation", "delete-stack", {{"StackName", file_.stack}});
  status = wait_for_stack(aws_, file_.stack);
  if (!status.exists()) return say("deleted");
  throw AwsError("StackFailed",
                 format("{} ended in {}: {}", file_.stack, status.status, first_cause(aws_, file_.stack)));
}

}  // namespace trireme::cloud
