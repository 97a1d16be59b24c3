#include <algorithm>
#include <map>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

template <class Take>
void each_openzfs(const Model& model, Take take) {
  for (const FileSystemModel& system : model.file_systems) {
    if (system.kind.is("openzfs")) take(system);
  }
}

void check_capacity(const Model& model, Judge& judge) {
  constexpr int64_t kLeast = 64, kMost = 524288;
  each_openzfs(model, [&](const FileSystemModel& system) {
    if (!system.size_gib || (*system.size_gib >= kLeast && *system.size_gib <= kMost)) return;
    judge.find(system.size_gib.where, system.name,
               format("OpenZFS takes {} to {} GiB, not {}", kLeast, kMost, *system.size_gib));
  });
}

void check_throughput(const Model& model, Judge& judge) {
  each_openzfs(model, [&](const FileSystemModel& system) {
    const auto* row = system.deployment ? find_openzfs(*system.deployment) : nullptr;
    if (row == nullptr || !system.throughput) return;
    const auto& all = row->throughputs;
    if (std::find(all.begin(), all.end(), *system.throughput) != all.end()) return;
    std::vector<std::string> words;
    for (const int64_t each : all) words.push_back(std::to_string(each));
    judge.find(system.throughput.where, system.name,
               format("{} takes {} MB/s, not {}", row->deployment, list_of(words), *system.throughput));
  });
}

void check_subnets(const Model& model, Judge& judge) {
  for (const FileSystemModel& system : model.file_systems) {
    const auto* row = system.kind.is("openzfs") && system.deployment ? find_openzfs(*system.deployment) : nullptr;
    const int64_t wanted = row == nullptr ? 1 : row->subnets;
    if (!system.kind || !system.deployment || !system.subnets.complete || system.subnets.items.empty()) continue;
    const auto given = static_cast<int64_t>(system.subnets.items.size());
    if (given == wanted) continue;
    judge.find(system.subnets.items.front().where, system.name,
               format("{} is in {} subnet{}, not in {}", *system.deployment, wanted, wanted == 1 ? "" : "s", given));
  }
}

void check_region(const Model& model, Judge& judge) {
  each_openzfs(model, [&](const FileSystemModel& system) {
    const auto* offered = model.region ? openzfs_deployments_in(*model.region) : nullptr;
    if (offered == nullptr || !system.deployment) return;
    if (std::find(offered->begin(), offered->end(), *system.deployment) != offered->end()) return;
    judge.find(
        system.deployment.where, system.name,
        format("{} is not known to be in {}, which has {}", *system.deployment, *model.region, list_of(*offered)));
  });
}

void check_mounts(const Model& model, Judge& judge) {
  std::map<std::string, std::string> taken;
  for (const Mount& mount : model.mounts) {
    if (!mount.path) continue;
    const auto [other, added] = taken.emplace(*mount.path, mount.name);
    if (added) continue;
    judge.find(mount.path.where, mount.name, format("{} is mounted by {} already", *mount.path, other->second));
  }
}

/// Types that hold what can't be made again.
bool holds_data(const std::string& type) {
  for (const char* each : {"AWS::FSx::FileSystem", "AWS::S3::Bucket", "AWS::EFS::FileSystem", "AWS::RDS::DBCluster",
                           "AWS::RDS::DBInstance"}) {
    if (type == each) return true;
  }
  return false;
}

void check_retained(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const auto& [name, resource] : stack.resources) {
      // Databases are snapshotted unless told otherwise; the others go with their stack.
      const bool database = resource.type.rfind("AWS::RDS::", 0) == 0;
      const bool deleted = resource.deletion_policy.is("Delete") || (resource.deletion_policy.absent() && !database);
      if (!holds_data(resource.type) || !deleted) continue;
      judge.find(resource.deletion_policy.is("Delete") ? resource.deletion_policy.where : resource.where,
                 "Resources." + name, format("{} is deleted with its stack, and its data with it", resource.type));
    }
  }
}

constexpr std::string_view kOpenZfs = "Amazon FSx API Reference, CreateFileSystemOpenZFSConfiguration";

constexpr Rule kRules[] = {
    {"openzfs-capacity", Level::kError, "Capacity is what OpenZFS takes", "write 64 to 524288",
     "Amazon FSx API Reference, CreateFileSystem, StorageCapacity", check_capacity},
    {"openzfs-throughput", Level::kError, "Throughput is one that the deployment type has", "write one of those",
     kOpenZfs, check_throughput},
    {"fsx-subnets", Level::kError, "A file system is in as many subnets as its deployment type asks",
     "MULTI_AZ_1 takes two subnets, the others one", "Amazon FSx API Reference, CreateFileSystem, SubnetIds",
     check_subnets},
    {"fsx-region", Level::kWarning, "The region has the deployment type", "choose a deployment type that it has",
     "FSx for OpenZFS User Guide, Availability by AWS Region", check_region},
    {"mount-twice", Level::kError, "Each mount point has one file system", "give each its own path",
     "AWS ParallelCluster User Guide, SharedStorage", check_mounts},
    {"data-deleted", Level::kWarning, "Data outlives its stack", "set DeletionPolicy: Retain",
     "CloudFormation User Guide, DeletionPolicy attribute", check_retained},
};

}  // namespace

std::span<const Rule> storage_rules() { return kRules; }

}  // namespace trireme::cloud
