#include "trireme/cloud/targets/parallelcluster/parallelcluster.h"

#include "trireme/cloud/targets/accounting/accounting.h"
#include "trireme/cloud/targets/filesystems/filesystems.h"
#include "trireme/cloud/targets/network/network.h"
#include "trireme/cloud/targets/parallelcluster/node_settings.h"
#include "trireme/cloud/targets/parallelcluster/queues.h"

namespace trireme::cloud::parallelcluster {

namespace {

Map image(const Cluster& cluster) {
  Map image = {{"Os", cluster.image.os}};
  if (!cluster.image.id.empty()) image.push_back({"CustomAmi", cluster.image.id});
  return image;
}

Map head_node(const NodeSettings& settings, const Cluster& cluster, const NodeGroup& head) {
  List groups = {network::node_group(cluster)};
  if (cluster.accounting.kind != "none") {
    for (const SecurityGroupId& group : accounting::connection(cluster).client_groups) groups.emplace_back(group);
  }
  Map networking = {{"SubnetId", network::login_subnet(cluster)}, {"AdditionalSecurityGroups", std::move(groups)}};
  if (cluster.login_is_public()) networking.push_back({"ElasticIp", true});
  Map node = {{"InstanceType", head.instance}, {"Networking", std::move(networking)}};
  node.push_back({"Ssh", settings.ssh(/*with_key=*/true)});
  node.push_back({"LocalStorage", Map{{"RootVolume", Map{{"Size", head.root_gib}, {"Encrypted", true}}}}});
  node.push_back({"Imds", Map{{"Secured", true}}});
  node.push_back({"Iam", settings.iam(/*with_buckets=*/true)});
  if (!head.setup.empty()) node.push_back({"CustomActions", NodeSettings::setup(head)});
  if (!head.image.empty()) node.push_back({"Image", Map{{"CustomAmi", head.image}}});
  return node;
}

List login_pools(const NodeSettings& settings, const Cluster& cluster) {
  List pools;
  for (const NodeGroup* group : cluster.with_role("login")) {
    Map pool = {{"Name", group->name},
                {"InstanceType", group->instance},
                {"Count", group->count},
                {"Networking", Map{{"SubnetIds", List{network::login_subnet(cluster)}},
                                   {"AdditionalSecurityGroups", List{network::node_group(cluster)}}}},
                {"Ssh", settings.ssh(/*with_key=*/false)},
                {"Iam", settings.iam(/*with_buckets=*/false)}};
    if (!group->setup.empty()) pool.push_back({"CustomActions", NodeSettings::setup(*group)});
    if (!group->image.empty()) pool.push_back({"Image", Map{{"CustomAmi", group->image}}});
    pools.emplace_back(std::move(pool));
  }
  return pools;
}

Map slurm_settings(const Cluster& cluster) {
  Map settings = {{"ScaledownIdletime", 60}, {"QueueUpdateStrategy", "DRAIN"}, {"EnableMemoryBasedScheduling", true}};
  if (cluster.accounting.kind != "none") {
    const accounting::Connection database = accounting::connection(cluster);
    settings.push_back(
        {"Database", Map{{"Uri", database.uri}, {"UserName", database.user}, {"PasswordSecretArn", database.secret}}});
  } else {
    // Without a database, completed jobs still leave a line each.
    settings.push_back({"CustomSlurmSettings", List{Map{{"JobCompType", "jobcomp/filetxt"},
                                                        {"JobCompLoc", "/home/slurm/slurm-job-completions.txt"}}}});
  }
  return settings;
}

List shared_storage(const Cluster& cluster) {
  List mounts;
  for (const Storage& storage : cluster.storage) {
    if (storage.kind == "lustre") {
      mounts.emplace_back(Map{{"Name", storage.name},
                              {"MountDir", storage.mount},
                              {"StorageType", "FsxLustre"},
                              {"FsxLustreSettings", Map{{"FileSystemId", filesystems::lustre_id(cluster, storage)}}}});
    } else if (storage.kind == "openzfs") {
      mounts.emplace_back(
          Map{{"Name", storage.name},
              {"MountDir", storage.mount},
              {"StorageType", "FsxOpenZfs"},
              {"FsxOpenZfsSettings", Map{{"VolumeId", filesystems::openzfs_volume(cluster, storage)}}}});
    }
  }
  return mounts;
}

Map monitoring(const Monitoring& monitoring) {
  return {
      {"DetailedMonitoring", monitoring.detailed},
      {"Logs", Map{{"CloudWatch",
                    Map{{"Enabled", true}, {"RetentionInDays", monitoring.log_days}, {"DeletionPolicy", "Retain"}}}}},
      {"Dashboards", Map{{"CloudWatch", Map{{"Enabled", monitoring.dashboards}}}}}};
}

List tags(const Cluster& cluster) {
  List tags = {Map{{"Key", "trireme:cluster"}, {"Value", cluster.name}}};
  for (const auto& [key, value] : cluster.tags) tags.emplace_back(Map{{"Key", key}, {"Value", value}});
  return tags;
}

}  // namespace

bool applies(const Cluster& cluster) { return cluster.on("parallelcluster"); }

void render(Synthesis& synthesis) {
  const Cluster& cluster = synthesis.cluster();
  const NodeSettings settings(cluster, synthesis.region());
  Map configuration = {{"Region", cluster.region},
                       {"Image", image(cluster)},
                       {"Imds", Map{{"ImdsSupport", "v2.0"}}},
                       {"HeadNode", head_node(settings, cluster, *cluster.with_role("controller").at(0))}};
  if (List pools = login_pools(settings, cluster); !pools.empty()) {
    configuration.push_back({"LoginNodes", Map{{"Pools", std::move(pools)}}});
  }
  configuration.push_back({"Scheduling", Map{{"Scheduler", "slurm"},
                                             {"SlurmSettings", slurm_settings(cluster)},
                                             {"SlurmQueues", queues(settings, cluster)}}});
  if (List mounts = shared_storage(cluster); !mounts.empty()) {
    configuration.push_back({"SharedStorage", std::move(mounts)});
  }
  configuration.push_back({"Monitoring", monitoring(cluster.monitoring)});
  configuration.push_back({"Tags", tags(cluster)});
  synthesis.add_pcluster("parallelcluster.yaml", configuration);
}

}  // namespace trireme::cloud::parallelcluster
