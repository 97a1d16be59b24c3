#include "trireme/cloud/targets/filesystems/filesystems.h"

#include <algorithm>

#include "trireme/cloud/targets/contracts.h"
#include "trireme/cloud/targets/network/network.h"
#include "trireme/core/error.h"

namespace trireme::cloud::filesystems {

namespace {

bool is_created(const Storage& storage) { return storage.kind != "bucket" && storage.id.empty(); }

/// "persistent-2" as FSx writes it: PERSISTENT_2.
std::string fsx_word(const std::string& word) {
  std::string text = word;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return text;
}

std::string or_default(const std::string& word, const char* fallback) {
  return fsx_word(word.empty() ? fallback : word);
}

Text repository_path(const Cluster& cluster, const std::string& repository) {
  constexpr std::string_view kCreated = "storage.";
  if (repository.rfind(kCreated, 0) != 0) return repository;
  return "s3://" + contracts::bucket(cluster, repository.substr(kCreated.size())).imported().text();
}

/// New, changed and deleted files pass both ways.
void add_data_repository(Stack& stack, const Cluster& cluster, const Storage& storage,
                         const FileSystemId& file_system) {
  const Map both_ways = {{"Events", List{"NEW", "CHANGED", "DELETED"}}};
  stack.add("Repository" + camel_case(storage.name), "AWS::FSx::DataRepositoryAssociation",
            {{"FileSystemId", file_system},
             {"FileSystemPath", "/"},
             {"DataRepositoryPath", repository_path(cluster, storage.data_repository)},
             {"BatchImportMetaDataOnCreate", true},
             {"S3", Map{{"AutoImportPolicy", both_ways}, {"AutoExportPolicy", both_ways}}},
             {"Tags", name_tag(cluster.name + "-" + storage.name)}});
}

void add_lustre(Stack& stack, const Cluster& cluster, const Storage& storage) {
  const std::string deployment = or_default(storage.deployment, "persistent-2");
  const bool persistent = deployment != "SCRATCH_2";
  Map lustre = {{"DeploymentType", deployment}, {"DataCompressionType", or_default(storage.compression, "lz4")}};
  if (persistent) {
    lustre.push_back({"PerUnitStorageThroughput", storage.throughput});
    // A linked repository is the copy to restore from; FSx refuses backups beside it.
    lustre.push_back({"AutomaticBackupRetentionDays", storage.backup_days});
    if (storage.backup_days > 0) lustre.push_back({"CopyTagsToBackups", true});
  }
  if (deployment == "PERSISTENT_2") {
    Map metadata = {{"Mode", storage.metadata == "user" ? "USER_PROVISIONED" : "AUTOMATIC"}};
    if (storage.metadata == "user") metadata.push_back({"Iops", storage.metadata_iops});
    lustre.push_back({"MetadataConfiguration", std::move(metadata)});
    if (storage.efa) lustre.push_back({"EfaEnabled", true});
  }
  List groups = {network::storage_group(cluster)};
  if (storage.efa) groups.emplace_back(network::node_group(cluster));
  const std::string name = "FileSystem" + camel_case(storage.name);
  const auto file_system = stack.add<FileSystemKind>(name, "AWS::FSx::FileSystem",
                                                     {{"FileSystemType", "LUSTRE"},
                                                      {"FileSystemTypeVersion", storage.version},
                                                      {"StorageType", "SSD"},
                                                      {"StorageCapacity", storage.size_gib},
                                                      {"SubnetIds", List{network::worker_subnet(cluster)}},
                                                      {"SecurityGroupIds", std::move(groups)},
                                                      {"LustreConfiguration", std::move(lustre)},
                                                      {"Tags", name_tag(cluster.name + "-" + storage.name)}},
                                                     {.retain = true});
  stack.export_value(contracts::file_system(cluster, storage.name), file_system.id(), "Lustre at " + storage.mount);
  stack.export_value(contracts::lustre_mount_name(cluster, storage.name), file_system.attribute("LustreMountName"),
                     "Name that clients mount");
  if (!storage.data_repository.empty()) add_data_repository(stack, cluster, storage, file_system.id());
}

/// Both zones of a Multi-AZ file system: workers' and the next.
void add_openzfs(Stack& stack, const Cluster& cluster, const Storage& storage) {
  const std::string deployment = or_default(storage.deployment, "single-az-ha-2");
  // Home folders are made by root on the head node, so root is not squashed; who may mount is said by address.
  List clients;
  const auto admit = [&](const std::string& block) {
    clients.emplace_back(Map{{"Clients", block}, {"Options", List{"rw", "crossmnt", "no_root_squash"}}});
  };
  admit(storage.clients.empty() ? cluster.network.cidr : storage.clients);
  if (storage.clients.empty() && !cluster.network.secondary_cidr.empty()) admit(cluster.network.secondary_cidr);
  Map openzfs = {
      {"DeploymentType", deployment},
      {"ThroughputCapacity", storage.throughput},
      {"AutomaticBackupRetentionDays", storage.backup_days},
      {"CopyTagsToVolumes", true},
      {"RootVolumeConfiguration", Map{{"DataCompressionType", or_default(storage.compression, "zstd")},
                                      {"NfsExports", List{Map{{"ClientConfigurations", std::move(clients)}}}}}}};
  if (storage.backup_days > 0) openzfs.push_back({"CopyTagsToBackups", true});
  List subnets = {network::worker_subnet(cluster)};
  if (deployment == "MULTI_AZ_1") {
    openzfs.push_back({"PreferredSubnetId", network::worker_subnet(cluster)});
    subnets.emplace_back(network::database_subnets(cluster).at(1));
  }
  const auto file_system = stack.add<FileSystemKind>("FileSystem" + camel_case(storage.name), "AWS::FSx::FileSystem",
                                                     {{"FileSystemType", "OPENZFS"},
                                                      {"StorageType", "SSD"},
                                                      {"StorageCapacity", storage.size_gib},
                                                      {"SubnetIds", std::move(subnets)},
                                                      {"SecurityGroupIds", List{network::storage_group(cluster)}},
                                                      {"OpenZFSConfiguration", std::move(openzfs)},
                                                      {"Tags", name_tag(cluster.name + "-" + storage.name)}},
                                                     {.retain = true});
  stack.export_value(contracts::file_system(cluster, storage.name), file_system.id(), "OpenZFS at " + storage.mount);
  stack.export_value(contracts::root_volume(cluster, storage.name), file_system.attribute<VolumeKind>("RootVolumeId"),
                     "OpenZFS volume at " + storage.mount);
}

}  // namespace

bool applies(const Cluster& cluster) { return std::any_of(cluster.storage.begin(), cluster.storage.end(), is_created); }

void render(Synthesis& synthesis) {
  const Cluster& cluster = synthesis.cluster();
  Stack stack(contracts::stack_name(cluster, "filesystems"), "File systems of the cluster " + cluster.name);
  for (const Storage& storage : cluster.storage) {
    if (!is_created(storage)) continue;
    storage.kind == "lustre" ? add_lustre(stack, cluster, storage) : add_openzfs(stack, cluster, storage);
  }
  synthesis.add_stack(stack);
}

FileSystemId lustre_id(const Cluster& cluster, const Storage& storage) {
  return storage.id.empty() ? contracts::file_system(cluster, storage.name).imported() : FileSystemId(storage.id);
}

Name lustre_mount_name(const Cluster& cluster, const Storage& storage) {
  if (storage.id.empty()) return contracts::lustre_mount_name(cluster, storage.name).imported();
  if (!storage.mount_name.empty()) return Name(storage.mount_name);
  throw ConfigError(
      format("storage.{}.mount_name is missing; `aws fsx describe-file-systems --file-system-ids {}` shows "
             "it as LustreConfiguration.MountName",
             storage.name, storage.id));
}

FileSystemId openzfs_id(const Cluster& cluster, const Storage& storage) {
  if (storage.id.empty()) return contracts::file_system(cluster, storage.name).imported();
  throw ConfigError(
      format("storage.{}: orchestrator \"{}\" mounts OpenZFS by its file system, and {} is a volume; only "
             "parallelcluster can adopt one",
             storage.name, cluster.orchestrator, storage.id));
}

VolumeId openzfs_volume(const Cluster& cluster, const Storage& storage) {
  return storage.id.empty() ? contracts::root_volume(cluster, storage.name).imported() : VolumeId(storage.id);
}

}  // namespace trireme::cloud::filesystems
