#pragma once

#include "trireme/cli/cluster_arguments.h"
#include "trireme/cloud/deploy/deployment.h"

namespace trireme::cli {

/// CLUSTER, the account and the pace, for the commands that talk to AWS.
struct DeployArguments {
  ClusterArguments cluster;
  std::string profile;
  double poll_s = 5;
  std::string state = ".trireme";

  void declare(Arguments& arguments);
  /// Progress goes to standard error, and to the journal in the state folder, which may be lost.
  cloud::Deployment open(const cloud::LoadedCluster& loaded) const;
};

/// Asks on the terminal, unless `yes`. Throws UsageError where there is no terminal to ask on.
bool confirmed(bool yes, const std::string& question);

}  // namespace trireme::cli
