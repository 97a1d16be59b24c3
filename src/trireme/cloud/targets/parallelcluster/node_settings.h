#pragma once

#include "trireme/catalog/region.h"
#include "trireme/cloud/description/cluster.h"
#include "trireme/cloud/template/value.h"

namespace trireme::cloud::parallelcluster {

/// Settings that head, login and compute nodes spell alike.
class NodeSettings {
 public:
  NodeSettings(const Cluster& cluster, const catalog::Region& region) : cluster_(cluster), region_(region) {}

  /// Who may reach SSH: access.ssh_from, else nobody. ParallelCluster's own default is everybody.
  Map ssh(bool with_key) const;
  /// Sessions through Systems Manager, container images, and the buckets of [storage].
  Map iam(bool with_buckets) const;
  /// The group's scripts, run when a node is configured.
  static Map setup(const NodeGroup& group);

 private:
  const Cluster& cluster_;
  const catalog::Region& region_;
};

}  // namespace trireme::cloud::parallelcluster
