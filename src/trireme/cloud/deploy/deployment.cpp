#include "trireme/cloud/deploy/deployment.h"

#include <algorithm>
#include <mutex>

#include "trireme/cloud/deploy/empty_buckets.h"
#include "trireme/cloud/deploy/log_groups.h"
#include "trireme/cloud/deploy/pcluster_leftovers.h"
#include "trireme/cloud/deploy/pcluster_step.h"
#include "trireme/cloud/deploy/run_steps.h"
#include "trireme/cloud/deploy/stack_step.h"
#include "trireme/cloud/deploy/templates.h"
#include "trireme/cloud/targets/contracts.h"
#include "trireme/cloud/targets/target.h"

namespace trireme::cloud {

namespace {

/// Reports of several threads, one at a time.
Report one_at_a_time(Report report) {
  auto mutex = std::make_shared<std::mutex>();
  return [mutex, report = std::move(report)](const std::string& step, const std::string& what) {
    const std::lock_guard lock(*mutex);
    report(step, what);
  };
}

/// Does a step need what an earlier one has yet to export? In AWS's words, or those of required_export().
bool lacks_export(const Error& error) {
  const std::string text = error.what();
  return text.find("No export named") != std::string::npos || text.find("the account exports no ") != std::string::npos;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Deployment::Deployment(Aws aws, Cluster cluster, Report report)
    : aws_(std::move(aws)),
      cluster_(std::move(cluster)),
      report_(one_at_a_time(std::move(report))),
      files_(synthesize(cluster_)),
      steps_(steps_of(cluster_, files_)) {}

std::vector<StepPlan> Deployment::plan() const {
  std::vector<StepPlan> plans;
  for (const std::string& name : pcluster_leftovers(aws_, cluster_, files_)) {
    plans.push_back({.step = kPclusterStep,
                     .changes = {},
                     .action = format("delete the cluster {}, which is no longer described; apply needs --replace {}",
                                      name, kPclusterStep)});
  }
  for (const Step& step : steps_) {
    StepPlan plan{.step = step.name, .changes = {}, .action = {}};
    try {
      if (step.is_stack()) {
        plan.changes = StackStep(aws_, cluster_, *step.file, {}, report_).plan().changes;
      } else {
        plan.action = PclusterStep(aws_, cluster_.name, report_).plan(*step.file);
      }
    } catch (const Error& error) {
      if (!lacks_export(error)) throw;
      plan.action = "changes that show only once the steps before are deployed";
    }
    plans.push_back(std::move(plan));
  }
  for (const std::string& target : undescribed()) {
    plans.push_back({.step = target, .changes = {}, .action = "delete the stack, which is no longer described"});
  }
  return plans;
}

void Deployment::apply(const std::vector<std::string>& may_lose) const {
  const DeployLock lock(aws_, cluster_.name);
  const std::vector<std::string> leftovers = pcluster_leftovers(aws_, cluster_, files_);
  if (!leftovers.empty() && !contains(may_lose, kPclusterStep)) {
    throw ConfigError(
        format("the ParallelCluster {} is there, and the description no longer asks for it\n  next: describe it again, "
               "or let it go, with its nodes and what is on their disks, by --replace {}",
               leftovers.front(), kPclusterStep));
  }
  remove_leftovers(lock, leftovers);
  run(lock, steps_, [&](const Step& step) {
    if (step.is_stack()) {
      StackStep(aws_, cluster_, *step.file, may_lose, report_).apply(lock);
    } else {
      PclusterStep(aws_, cluster_.name, report_).apply(*step.file, lock);
    }
  });
  remove_undescribed(lock, may_lose);
}

/// run_steps() that reports every failure: it throws only the first.
void Deployment::run(const DeployLock& lock, const std::vector<Step>& steps,
                     const std::function<void(const Step&)>& work) const {
  run_steps(steps, [&](const Step& step) {
    try {
      lock.check();
      work(step);
    } catch (const Json::exception& error) {
      const AwsError wrapped("", format("{}: an answer of AWS lacks what it should hold: {}\n  next: run the same "
                                        "command again; update the AWS command line if this stays",
                                        step.name, error.what()));
      report_(step.name, format("failed: {}", wrapped.what()));
      throw wrapped;
    } catch (const Error& error) {
      report_(step.name, format("failed: {}", error.what()));
      throw;
    }
  });
}

/// Targets whose stacks are there although the description does not ask for them, the last ones first.
std::vector<std::string> Deployment::undescribed() const {
  std::vector<std::string> found;
  for (const Target& target : targets()) {
    const std::string name(target.name);
    const bool known = std::any_of(steps_.begin(), steps_.end(), [&](const Step& step) { return step.name == name; });
    if (!known && stack_status(aws_, contracts::stack_name(cluster_, name)).exists()) found.insert(found.begin(), name);
  }
  return found;
}

void Deployment::remove_leftovers(const DeployLock& lock, const std::vector<std::string>& names) const {
  for (const std::string& name : names) PclusterStep(aws_, name, report_).remove(lock);
}

void Deployment::remove_undescribed(const DeployLock& lock, const std::vector<std::string>& may_lose) const {
  for (const std::string& target : undescribed()) {
    const SynthFile file = deployed_file(aws_, target, contracts::stack_name(cluster_, target));
    if (has_data(file) && !contains(may_lose, target)) {
      throw ConfigError(
          format("{} holds data, and the description no longer asks for it\n  next: describe it again, or let "
                 "its stack go with --replace {}; the data is kept, outside any stack",
                 file.stack, target));
    }
    StackStep(aws_, cluster_, file, {}, report_).remove(lock);
  }
}

std::vector<StepStatus> Deployment::status() const {
  std::vector<StepStatus> all;
  const auto add_stack = [&](const std::string& step, const std::string& stack, bool described) {
    const StackStatus status = stack_status(aws_, stack);
    all.push_back({.step = step,
                   .name = stack,
                   .status = status.exists() ? status.status : "absent",
                   .reason = status.reason,
                   .changed = status.changed,
                   .described = described});
  };
  for (const Step& step : steps_) {
    if (step.is_stack()) {
      add_stack(step.name, step.file->stack, true);
      continue;
    }
    const PclusterStatus status = PclusterStep(aws_, cluster_.name, report_).status();
    all.push_back({.step = step.name,
                   .name = cluster_.name,
                   .status = status.exists() ? status.status : "absent",
                   .reason = {},
                   .changed = status.changed});
  }
  for (const std::string& target : undescribed()) add_stack(target, contracts::stack_name(cluster_, target), false);
  for (const std::string& name : pcluster_leftovers(aws_, cluster_, files_)) add_stack(kPclusterStep, name, false);
  return all;
}

std::vector<Drift> Deployment::drift() const {
  std::vector<Drift> found;
  for (const Step& step : steps_) {
    if (!step.is_stack() || stack_status(aws_, step.file->stack).state != StackState::kReady) continue;
    const Json started = aws_.call("cloudformation", "detect-stack-drift", {{"StackName", step.file->stack}});
    const Json which = {{"StackDriftDetectionId", started.at("StackDriftDetectionId")}};
    Json state = aws_.call("cloudformation", "describe-stack-drift-detection-status", which);
    for (; state.at("DetectionStatus") == "DETECTION_IN_PROGRESS";
         state = aws_.call("cloudformation", "describe-stack-drift-detection-status", which)) {
      aws_.wait();
    }
    const Json drifts =
        aws_.call("cloudformation", "describe-stack-resource-drifts",
                  {{"StackName", step.file->stack}, {"StackResourceDriftStatusFilters", {"MODIFIED", "DELETED"}}});
    for (const Json& resource : drifts.at("StackResourceDrifts")) {
      std::string difference;
      for (const Json& each : resource.value("PropertyDifferences", Json::array())) {
        difference += format("{}{}: {} instead of {}", difference.empty() ? "" : "; ", each.value("PropertyPath", ""),
                             each.value("ActualValue", ""), each.value("ExpectedValue", ""));
      }
      found.push_back({.step = step.name,
                       .logical_id = resource.at("LogicalResourceId"),
                       .type = resource.at("ResourceType"),
                       .status = resource.at("StackResourceDriftStatus"),
                       .difference = difference});
    }
  }
  return found;
}

/// What of the cluster is in the account, described or not, and the described ParallelCluster.
std::vector<SynthFile> Deployment::deployed_files() const {
  std::vector<SynthFile> files;
  for (const Target& target : targets()) {
    const std::string name(target.name), stack = contracts::stack_name(cluster_, name);
    if (stack_status(aws_, stack).exists()) files.push_back(deployed_file(aws_, name, stack));
  }
  for (const SynthFile& file : files_) {
    if (file.kind == "pcluster") files.push_back(file);
  }
  return files;
}

/// Lets the stack's data go with it, if it is there to be updated.
void Deployment::unprotect(const DeployLock& lock, const Step& step) const {
  StackStatus status = wait_for_stack(aws_, step.file->stack);
  if (status.state == StackState::kStuckUpdate)
    status = StackStep(aws_, cluster_, *step.file, {}, report_).settle(lock);
  if (status.state != StackState::kReady) return;
  const SynthFile now = deployed_file(aws_, step.name, step.file->stack);
  const SynthFile bare = without_protection(now);
  if (same_template(now.text, bare.text)) return;
  StackStep(aws_, cluster_, bare, {}, report_).apply(lock);
}

void Deployment::remove_deployed(const DeployLock& lock, const Step& step) const {
  const SynthFile file = deployed_file(aws_, step.name, step.file->stack);
  StackStep(aws_, cluster_, file, {}, report_).remove(lock);
}

Kept Deployment::remove(bool with_data) const {
  const DeployLock lock(aws_, cluster_.name);
  remove_leftovers(lock, pcluster_leftovers(aws_, cluster_, files_));  // before the network that it uses
  const std::vector<SynthFile> files = deployed_files();
  const std::vector<Step> steps = steps_of(cluster_, files);
  const std::set<std::string> data = data_steps(steps);
  run(lock, reversed(steps), [&](const Step& step) {
    if (data.count(step.name) > 0) return delete_stray_change_sets(aws_, step.file->stack);
    if (!step.is_stack()) return PclusterStep(aws_, cluster_.name, report_).remove(lock);
    if (with_data) unprotect(lock, step);
    remove_deployed(lock, step);
  });
  if (!with_data) return {{data.begin(), data.end()}, log_groups_of(aws_, cluster_)};
  // All of them before one is deleted: an update may need the bucket for large templates.
  run(lock, steps, [&](const Step& step) {
    if (data.count(step.name) > 0) unprotect(lock, step);
  });
  run(lock, reversed(steps), [&](const Step& step) {
    if (data.count(step.name) == 0) return;
    empty_buckets(aws_, *step.file, report_);
    remove_deployed(lock, step);
  });
  lock.check();
  for (const std::string& name : log_groups_of(aws_, cluster_)) {
    delete_log_group(aws_, name);
    report_("logs", "deleted " + name);
  }
  return {};
}

std::string Deployment::head_node() const {
  for (const Step& step : steps_) {
    if (step.is_stack()) continue;
    const PclusterStatus status = PclusterStep(aws_, cluster_.name, report_).status();
    if (!status.head_node.empty()) return status.head_node;
    throw ConfigError(format("the head node of {} does not run: the cluster is {}", cluster_.name,
                             status.exists() ? status.status : "absent"));
  }
  throw ConfigError(format("orchestrator \"{}\" has no head node to log in to", cluster_.orchestrator));
}

std::map<std::string, std::string> Deployment::exports() const {
  std::map<std::string, std::string> found;
  for (const auto& [name, value] : exports_of(aws_)) {
    const bool ours = std::any_of(files_.begin(), files_.end(),
                                  [&, &name = name](const SynthFile& file) { return file.exports.count(name) > 0; });
    if (ours) found[name] = value;
  }
  return found;
}

}  // namespace trireme::cloud
