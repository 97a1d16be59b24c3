#pragma once

#include <set>
#include <string>
#include <vector>

#include "trireme/cloud/deploy/aws.h"
#include "trireme/cloud/description/cluster.h"
#include "trireme/cloud/watch/sighting.h"

namespace trireme::cloud {

enum class Readiness {
  kWaiting,
  kReady,  // every group has its `count` of running nodes
  kFailed  // the fleet is protected, or a node that this watch saw alive or saw come was lost
};

/// Looks at a deployed cluster again and again. Changes nothing.
class Watch {
 public:
  /// Throws ConfigError for an orchestrator that is not built yet.
  Watch(Aws aws, Cluster cluster);

  /// Fleet, nodes, and jobs of AWS Batch that wait or failed, as they are now. Throws AwsError.
  std::vector<Sighting> look() const;
  /// What differs from the last call; at the first one, everything.
  std::vector<Change> next();
  /// By what the last next() saw.
  Readiness readiness() const;
  void wait() const { aws_.wait(); }

 private:
  std::vector<Sighting> jobs() const;
  Sighting fleet() const;

  Aws aws_;
  Cluster cluster_;
  std::vector<Sighting> last_;
  std::set<std::string> lost_before_;  // nodes that were lost when the watch began
  bool began_ = false;
};

}  // namespace trireme::cloud
