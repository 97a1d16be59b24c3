#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "trireme/cloud/deploy/change_set.h"
#include "trireme/cloud/deploy/lock.h"
#include "trireme/cloud/deploy/report.h"
#include "trireme/cloud/deploy/step.h"

namespace trireme::cloud {

/// What apply() would do to one step.
struct StepPlan {
  std::string step;
  std::vector<ResourceChange> changes;  // of a stack
  std::string action;                   // of a ParallelCluster: "create the cluster"; empty: nothing
  bool empty() const { return changes.empty() && action.empty(); }
};

/// A step as the account has it.
struct StepStatus {
  std::string step;
  std::string name;    // of the stack or cluster
  std::string status;  // AWS's word, or "absent"
  std::string reason;
  std::string changed;    // when
  bool described = true;  // false: an earlier description asked for it
};

/// A resource that someone changed by hand.
struct Drift {
  std::string step;
  std::string logical_id;
  std::string type;
  std::string status;      // MODIFIED, DELETED
  std::string difference;  // JSON path, expected and actual value
};

/// What a deletion leaves.
struct Kept {
  std::vector<std::string> targets;     // whose stacks stay
  std::vector<std::string> log_groups;  // names, of stacks that stay or went
};

/// A cluster in the account. The truth is there alone: a deployment that was cut off is resumed by the same call.
class Deployment {
 public:
  Deployment(Aws aws, Cluster cluster, Report report);
  Deployment(const Deployment&) = delete;
  Deployment& operator=(const Deployment&) = delete;

  std::vector<StepPlan> plan() const;
  /// Runs steps side by side where they do not need one another, then removes stacks that are no longer described.
  /// `may_lose`: logical ids, or names of undescribed steps, whose data may go. A ParallelCluster that is no longer
  /// described goes first, for it may stand in the way of the network's changes. Throws the first failure after what
  /// ran beside it has ended.
  void apply(const std::vector<std::string>& may_lose) const;
  std::vector<StepStatus> status() const;
  /// Asks CloudFormation to compare every stack with its resources, and waits for the answer.
  std::vector<Drift> drift() const;
  /// Deletes what only computes; stacks that hold data, those that they need and logs stay unless `with_data`. Goes by
  /// what the account has, described or not.
  Kept remove(bool with_data) const;
  /// Instance id of the head node. Throws ConfigError when there is none.
  std::string head_node() const;
  /// What the account exports under the names of the description's stacks.
  std::map<std::string, std::string> exports() const;

 private:
  std::vector<std::string> undescribed() const;
  void remove_leftovers(const DeployLock& lock, const std::vector<std::string>& names) const;
  void remove_undescribed(const DeployLock& lock, const std::vector<std::string>& may_lose) const;
  std::vector<SynthFile> deployed_files() const;
  void unprotect(const DeployLock& lock, const Step& step) const;
  void remove_deployed(const DeployLock& lock, const Step& step) const;
  void run(const DeployLock& lock, const std::vector<Step>& steps, const std::function<void(const Step&)>& work) const;

  Aws aws_;
  Cluster cluster_;
  Report report_;
  std::vector<SynthFile> files_;
  std::vector<Step> steps_;
};

}  // namespace trireme::cloud
