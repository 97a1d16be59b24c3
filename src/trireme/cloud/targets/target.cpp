#include "trireme/cloud/targets/target.h"

#include <algorithm>

#include "trireme/cloud/targets/accounting/accounting.h"
#include "trireme/cloud/targets/batch/batch.h"
#include "trireme/cloud/targets/buckets/buckets.h"
#include "trireme/cloud/targets/environment/environment.h"
#include "trireme/cloud/targets/events/events.h"
#include "trireme/cloud/targets/filesystems/filesystems.h"
#include "trireme/cloud/targets/network/network.h"
#include "trireme/cloud/targets/parallelcluster/parallelcluster.h"
#include "trireme/cloud/targets/policy/policy.h"

namespace trireme::cloud {

std::span<const Target> targets() {
  static constexpr Target kTargets[] = {
      {"buckets", "private buckets, one of them for large templates", buckets::applies, buckets::render},
      {"network", "VPC, subnets, endpoints, security groups", network::applies, network::render},
      {"filesystems", "Lustre and OpenZFS, with data repositories", filesystems::applies, filesystems::render},
      {"accounting", "Aurora MySQL for slurmdbd", accounting::applies, accounting::render},
      {"events", "mail about nodes, jobs and capacity", events::applies, events::render},
      {"environment", "EFA and NCCL variables for job scripts, and a job that tests them", environment::applies,
       environment::render},
      {"parallelcluster", "configuration of AWS ParallelCluster", parallelcluster::applies, parallelcluster::render},
      {"batch", "queues of AWS Batch and a multi-node NCCL job", batch::applies, batch::render},
      {"policy", "IAM policy of whoever deploys the others", policy::applies, policy::render},
  };
  return kTargets;
}

bool is_built(const std::string& orchestrator) {
  const auto all = targets();
  return std::any_of(all.begin(), all.end(), [&](const Target& target) { return target.name == orchestrator; });
}

}  // namespace trireme::cloud
