#pragma once

#include "trireme/cloud/deploy/change_set.h"
#include "trireme/cloud/deploy/lock.h"
#include "trireme/cloud/deploy/report.h"
#include "trireme/cloud/deploy/stack_status.h"

namespace trireme::cloud {

/// Brings one stack to what its template says, from whatever state an earlier try left it in. Each call to AWS may be
/// this process's last: the next one looks at the account again and goes on.
class StackStep {
 public:
  /// `may_lose`: logical ids of resources that may be replaced although they hold data.
  StackStep(const Aws& aws, const Cluster& cluster, const SynthFile& file, std::vector<std::string> may_lose,
            const Report& report)
      : aws_(aws), cluster_(cluster), file_(file), may_lose_(std::move(may_lose)), report_(report) {}

  /// What apply() would do. Leaves nothing behind in the account.
  ChangeSet plan() const;
  /// Throws AwsError with the first cause when the stack fails, ConfigError when data would be lost or the lock is.
  void apply(const DeployLock& lock) const;
  /// Waits for what runs, then deletes what a failed creation or deletion left and continues a roll-back that failed:
  /// afterwards the stack is absent or takes an update. Throws AwsError when it can't be brought there.
  StackStatus settle(const DeployLock& lock) const;
  /// Deletes the stack; what it keeps outlives it.
  void remove(const DeployLock& lock) const;

 private:
  bool is_deployed(const StackStatus& status) const;
  void start_deletion() const;
  [[noreturn]] void fail(const StackStatus& status) const;
  void end_unchanged() const;
  void check_data(const ChangeSet& set) const;
  void say(const std::string& what) const { report_(file_.target, what); }

  const Aws& aws_;
  const Cluster& cluster_;
  const SynthFile& file_;
  std::vector<std::string> may_lose_;
  const Report& report_;
};

}  // namespace trireme::cloud
