#pragma once

#include "trireme/cloud/deploy/aws.h"
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

/// Brings the cluster of AWS ParallelCluster to its configuration, as StackStep does a stack.
class PclusterStep {
 public:
  PclusterStep(const Aws& aws, const Cluster& cluster, const SynthFile& file, const Report& report)
      : aws_(aws), cluster_(cluster), file_(file), report_(report) {}

  PclusterStatus status() const;
  /// What an update would say, as ParallelCluster words it; empty when there is nothing to change.
  std::string plan() const;
  void apply() const;
  void remove() const;

 private:
  PclusterStatus wait_until_settled() const;
  PclusterStatus settle() const;
  void say(const std::string& what) const { report_(file_.target, what); }
  std::vector<std::string> named() const { return {"--cluster-name", cluster_.name}; }
  [[noreturn]] void fail(const PclusterStatus& status) const;

  const Aws& aws_;
  const Cluster& cluster_;
  const SynthFile& file_;
  const Report& report_;
};

}  // namespace trireme::cloud
