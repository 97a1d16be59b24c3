#include "trireme/cloud/targets/parallelcluster/queues.h"

#include "trireme/cloud/targets/network/network.h"
#include "trireme/cloud/targets/nodes.h"

namespace trireme::cloud::parallelcluster {

namespace {

std::string capacity_type(const Capacity& capacity) {
  if (capacity.kind == "spot") return "SPOT";
  return capacity.kind == "block" ? "CAPACITY_BLOCK" : "ONDEMAND";
}

/// Empty without reserved capacity.
Map reservation_target(const Capacity& capacity) {
  if (capacity.id.empty()) return {};
  const bool by_group = capacity.kind == "reservation-group";
  return {{by_group ? "CapacityReservationResourceGroupArn" : "CapacityReservationId", capacity.id}};
}

Map compute_resource(const NodeGroup& group) {
  const catalog::InstanceType& type = type_of(group);
  Map resource = {{"Name", group.name},
                  {"Instances", List{Map{{"InstanceType", group.instance}}}},
                  {"MinCount", group.count},
                  {"MaxCount", group.most()}};
  if (uses_efa(group)) resource.push_back({"Efa", Map{{"Enabled", true}}});
  const bool one_thread = !group.hyperthreads && type.threads_per_core > 1;
  if (one_thread) resource.push_back({"DisableSimultaneousMultithreading", true});
  if (Map target = reservation_target(group.capacity); !target.empty()) {
    resource.push_back({"CapacityReservationTarget", std::move(target)});
  }
  if (type.sockets && *type.sockets > 1) {
    // Slurm takes an instance for one socket unless told; binding by socket then puts ranks across the bus.
    resource.push_back(
        {"CustomSlurmSettings", Map{{"Sockets", *type.sockets}, {"CoresPerSocket", type.cores / *type.sockets}}});
  }
  return resource;
}

Map queue(const NodeSettings& settings, const Cluster& cluster, const NodeGroup& group) {
  const catalog::InstanceType& type = type_of(group);
  Map storage = {{"RootVolume", Map{{"Size", group.root_gib}, {"Encrypted", true}}}};
  if (type.local_nvme_disks > 0) storage.push_back({"EphemeralVolume", Map{{"MountDir", group.scratch}}});
  Map queue = {{"Name", group.name},
               {"CapacityType", capacity_type(group.capacity)},
               {"JobExclusiveAllocation", true},
               {"ComputeSettings", Map{{"LocalStorage", std::move(storage)}}},
               {"Networking", Map{{"SubnetIds", List{network::worker_subnet(cluster)}},
                                  {"AdditionalSecurityGroups", List{network::node_group(cluster)}},
                                  {"PlacementGroup", Map{{"Enabled", wants_placement_group(group)}}}}},
               {"ComputeResources", List{compute_resource(group)}},
               {"Iam", settings.iam(/*with_buckets=*/true)}};
  if (type.accelerators.maker == "nvidia") {
    queue.push_back({"HealthChecks", Map{{"Gpu", Map{{"Enabled", true}}}}});
  }
  if (!group.image.empty()) queue.push_back({"Image", Map{{"CustomAmi", group.image}}});
  if (!group.setup.empty()) queue.push_back({"CustomActions", NodeSettings::setup(group)});
  return queue;
}

}  // namespace

List queues(const NodeSettings& settings, const Cluster& cluster) {
  List queues;
  for (const NodeGroup* group : cluster.with_role("worker")) queues.emplace_back(queue(settings, cluster, *group));
  return queues;
}

}  // namespace trireme::cloud::parallelcluster
