#include "trireme/cloud/deploy/stack_step.h"

#include "trireme/cloud/deploy/failure.h"
#include "trireme/cloud/deploy/templates.h"

namespace trireme::cloud {

bool StackStep::is_deployed(const StackStatus& status) const {
  return status.succeeded() && status.tags == stack_tags(cluster_) &&
         same_template(deployed_template(aws_, file_.stack), file_.text);
}

/// Why the stack is as it is.
void StackStep::fail(const StackStatus& status) const {
  std::string cause = first_cause(aws_, file_.stack);
  if (cause.empty()) cause = status.reason;
  throw AwsError("StackFailed", format("{} ended in {}: {}", file_.stack, status.exists() ? status.status : "nothing",
                                       cause.empty() ? "its events do not tell why" : cause));
}

ChangeSet StackStep::plan() const {
  const StackStatus status = stack_status(aws_, file_.stack);
  if (is_deployed(status)) return {file_.stack, "", "", {}};
  if (status.state == StackState::kReady) {
    const ChangeSet set = create_change_set(aws_, cluster_, file_, /*exists=*/true, ChangeSetUse::kPlan);
    if (!set.empty()) delete_change_set(aws_, set);
    return set;
  }
  if (status.state == StackState::kBusy || status.state == StackState::kStuckUpdate) {
    throw ConfigError(format("{} is {}: what would change shows only once that has ended; `trireme deploy apply` waits",
                             file_.stack, status.status));
  }
  ChangeSet set{file_.stack, "", "", {}};
  for (const TemplateResource& resource : resources_of(file_)) {
    set.changes.push_back({.action = "Add", .logical_id = resource.logical_id, .type = resource.type});
  }
  return set;
}

StackStatus StackStep::settle(const DeployLock& lock) const {
  StackStatus status = wait_for_stack(aws_, file_.stack);
  if (status.state == StackState::kAbsent || status.state == StackState::kReady) return status;
  lock.check();
  if (status.state == StackState::kStuckUpdate) {
    say("an earlier update ended in " + status.status + ": continuing its roll-back");
    continue_rollback(aws_, file_.stack);
  } else {
    say("an earlier try ended in " + status.status + ": deleting what it left");
    start_deletion();
  }
  status = wait_for_stack(aws_, file_.stack);
  if (status.state != StackState::kAbsent && status.state != StackState::kReady) fail(status);
  return status;
}

void StackStep::check_data(const ChangeSet& set) const {
  const ResourceChange* lost = find_data_loss(set.changes, may_lose_);
  if (lost == nullptr) return;
  delete_change_set(aws_, set);
  throw ConfigError(format(
      "{}: the change {} {} ({}), and its data\n  next: undo the change, or allow it with --replace {}; the old one "
      "is kept, outside the stack",
      file_.stack, lost->action == "Remove" ? "removes" : "replaces, or may replace,", lost->logical_id, lost->type,
      lost->logical_id));
}

/// What CloudFormation executes it clears away itself, with every other change set of the stack.
void StackStep::end_unchanged() const {
  delete_stray_change_sets(aws_, file_.stack);
  say("is as described");
}

void StackStep::apply(const DeployLock& lock) const {
  for (;;) {
    const StackStatus before = settle(lock);
    if (is_deployed(before)) return end_unchanged();
    const bool exists = before.state == StackState::kReady;
    const ChangeSet set = create_change_set(aws_, cluster_, file_, exists, ChangeSetUse::kApply);
    if (set.empty()) return end_unchanged();
    check_data(set);
    say(format("{} {} resources", exists ? "updating" : "creating", set.changes.size()));
    lock.check();
    const bool started = execute_change_set(aws_, set);
    const StackStatus after = wait_for_stack(aws_, file_.stack);
    if (!after.succeeded()) fail(after);
    if (started) return say(exists ? "updated" : "created");
    // Whoever started something: is it what is described now?
  }
}

/// CloudFormation forgets what it keeps; the journal and the user shall not.
void StackStep::start_deletion() const {
  const std::set<std::string> retained = retained_resources(file_);
  const auto answer = retained.empty()
                          ? std::nullopt
                          : aws_.find("cloudformation", "describe-stack-resources", {{"StackName", file_.stack}});
  for (const Json& resource : answer ? answer->at("StackResources") : Json::array()) {
    const bool there = resource.value("ResourceStatus", "") != "DELETE_COMPLETE";
    if (!there || retained.count(resource.value("LogicalResourceId", "")) == 0) continue;
    say(format("keeps {} ({}), outside any stack", resource.value("PhysicalResourceId", ""),
               resource.value("ResourceType", "")));
  }
  aws_.call("cloudformation", "delete-stack", {{"StackName", file_.stack}});
}

void StackStep::remove(const DeployLock& lock) const {
  if (!wait_for_stack(aws_, file_.stack).exists()) return say("is not there");
  say("deleting");
  lock.check();
  start_deletion();
  const StackStatus after = wait_for_stack(aws_, file_.stack);
  if (after.exists()) fail(after);
  say("deleted");
}

}  // namespace trireme::cloud
