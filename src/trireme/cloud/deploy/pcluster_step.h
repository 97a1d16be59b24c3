#pragma once

#include "trireme/cloud/deploy/lock.h"
#include "trireme/cloud/deploy/report.h"
#include "trireme/cloud/deploy/stack_status.h"
#include "trireme/cloud/synthesis.h"

namespace trireme::cloud {

struct PclusterStatus {
  std::string status;        // "CREATE_COMPLETE"; empty: no such cluster
  std::string stack_status;  // of its CloudFormation stack, which may still roll back in a cluster that failed
  std::string changed;       // when, as pcluster writes it
  std::string head_node;     // instance id
  bool exists() const { return !status.empty(); }
  bool is_busy() const { return state_of(status) == StackState::kBusy || state_of(stack_status) == StackState::kBusy; }
};

/// The step's name, as that of the target.
inline constexpr char kPclusterStep[] = "parallelcluster";

/// A cluster of AWS ParallelCluster, brought to its configuration as StackStep does a stack.
class PclusterStep {
 public:
  PclusterStep(const Aws& aws, std::string name, const Report& report)
      : aws_(aws), name_(std::move(name)), report_(report) {}

  PclusterStatus status() const;
  /// What an update would say, as ParallelCluster words it; empty when there is nothing to change.
  std::string plan(const SynthFile& configuration) const;
  /// Throws AwsError with the first cause when the cluster fails, ConfigError when the lock is lost.
  void apply(const SynthFile& configuration, const DeployLock& lock) const;
  void remove(const DeployLock& lock) const;

 private:
  PclusterStatus wait_until_settled() const;
  PclusterStatus settle(const DeployLock& lock) const;
  void say(const std::string& what) const { report_(kPclusterStep, what); }
  std::vector<std::string> named() const { return {"--cluster-name", name_}; }
  [[noreturn]] void fail(const PclusterStatus& status) const;

  const Aws& aws_;
  std::string name_;
  const Report& report_;
};

}  // namespace trireme::cloud
