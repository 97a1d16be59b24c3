#include <algorithm>
#include <set>

#include "trireme/cloud/description/check.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

bool starts_with(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

class StorageChecker {
 public:
  StorageChecker(const Storage& storage, const Cluster& cluster, Findings& findings)
      : storage_(storage), cluster_(cluster), findings_(findings), prefix_("storage." + storage.name + ".") {}

  void check() {
    if (storage_.kind == "bucket") return check_bucket();
    findings_.require(prefix_ + "mount", !storage_.mount.empty(), "mount = \"/fsx\"");
    if (!storage_.id.empty()) return check_id();
    findings_.require(prefix_ + "size_gib", storage_.size_gib > 0, "size_gib = 1200");
    check_deployment();
    if (storage_.kind == "lustre") check_lustre();
    if (storage_.kind == "openzfs" && storage_.clients.empty() && cluster_.network.adopted()) {
      error("clients", "is missing: the addresses of an adopted VPC are not known", "write clients = \"10.0.0.0/16\"");
    }
  }

 private:
  void error(const std::string& key, const std::string& message, const std::string& hint) {
    findings_.error(prefix_ + key, message, hint);
  }

  void check_bucket() {
    if (storage_.name == "bootstrap" && storage_.id.empty()) {
      findings_.error("storage.bootstrap", "is the bucket that holds large templates", "give yours another name");
    }
    if (starts_with(storage_.id, "fs-") || starts_with(storage_.id, "fsvol-")) {
      error("id", format("a bucket's name is expected, got \"{}\"", storage_.id), "aws s3 ls lists them");
    }
  }

  void check_id() {
    if (storage_.kind == "lustre" && !starts_with(storage_.id, "fs-")) {
      error("id", format("a Lustre file system is called fs-…, got \"{}\"", storage_.id),
            "aws fsx describe-file-systems lists them");
    }
    if (storage_.kind == "openzfs" && !starts_with(storage_.id, "fsvol-")) {
      error("id", format("OpenZFS is mounted by volume, fsvol-…, got \"{}\"", storage_.id),
            "aws fsx describe-volumes lists them");
    }
  }

  void check_deployment() {
    const std::string& deployment = storage_.deployment;
    const bool of_lustre = deployment == "scratch-2" || starts_with(deployment, "persistent");
    if (!deployment.empty() && of_lustre != (storage_.kind == "lustre")) {
      error("deployment", format("\"{}\" is no deployment of {}", deployment, storage_.kind),
            storage_.kind == "lustre" ? "write persistent-2" : "write single-az-ha-2");
    }
    if (deployment != "scratch-2") {
      findings_.require(prefix_ + "throughput", storage_.throughput > 0, "throughput = 250");
    }
    const bool two_zones =
        cluster_.network.adopted() ? cluster_.network.database_subnets.size() >= 2 : cluster_.all_zones().size() >= 2;
    if (deployment == "multi-az-1" && !two_zones) {
      error("deployment", "multi-az-1 needs subnets in two zones",
            cluster_.network.adopted() ? "write network.database_subnets" : "write cluster.zones with two zones");
    }
  }

  /// "Deployment and storage class options" and "Protecting your data with backups", FSx for Lustre User Guide.
  void check_lustre() {
    const std::string deployment = storage_.deployment.empty() ? "persistent-2" : storage_.deployment;
    const auto needs_persistent_2 = [&](const char* key, bool given) {
      if (given && deployment != "persistent-2") error(key, format("{} does not have it", deployment), "remove it");
    };
    needs_persistent_2("efa", storage_.efa);
    needs_persistent_2("metadata", storage_.metadata != "auto");
    if (storage_.metadata == "user" && storage_.metadata_iops == 0) {
      error("metadata", "\"user\" needs a rate", "add metadata_iops = 12000");
    }
    if (deployment == "persistent-2" && storage_.version == "2.12") {
      error("version", "persistent-2 with a metadata rate needs 2.15", "remove version");
    }
    if (deployment == "scratch-2") {
      if (storage_.throughput > 0) error("throughput", "scratch-2 has a throughput of its own", "remove it");
      if (storage_.backup_days > 0) error("backup_days", "scratch-2 takes no backups", "remove it");
    }
    if (!storage_.data_repository.empty()) check_repository();
  }

  void check_repository() {
    if (storage_.backup_days > 0) {
      error("backup_days", "FSx takes no backups of a file system that is linked to a bucket",
            "remove it; the bucket is the copy");
    }
    if (!starts_with(storage_.data_repository, "storage.")) return;
    const std::string name = storage_.data_repository.substr(8);
    const auto found = std::find_if(cluster_.storage.begin(), cluster_.storage.end(),
                                    [&](const Storage& other) { return other.name == name; });
    if (found == cluster_.storage.end() || found->kind != "bucket") {
      error("data_repository", format("there is no [storage.{}] with kind = \"bucket\"", name), "add it");
    } else if (!found->id.empty()) {
      error("data_repository", format("storage.{} is adopted, so its name is known", name),
            format("write \"s3://{}\"", found->id));
    }
  }

  const Storage& storage_;
  const Cluster& cluster_;
  Findings& findings_;
  std::string prefix_;
};

/// Folders that hold the system itself. /home and folders below these may be mounted.
bool is_system_folder(const std::string& path) {
  static const std::set<std::string> kFolders = {"/bin", "/boot", "/dev",  "/etc",  "/lib", "/lib64",
                                                 "/mnt", "/opt",  "/proc", "/root", "/run", "/sbin",
                                                 "/srv", "/sys",  "/tmp",  "/usr",  "/var"};
  return kFolders.count(path) > 0;
}

void check_mounts(const Cluster& cluster, Findings& findings) {
  std::set<std::string> taken;
  for (const Storage& storage : cluster.storage) {
    if (storage.kind == "bucket" || storage.mount.empty()) continue;
    const std::string key = "storage." + storage.name + ".mount";
    if (!taken.insert(storage.mount).second) {
      findings.error(key, format("{} is mounted twice", storage.mount), "give each its own path");
    }
    if (is_system_folder(storage.mount)) {
      findings.error(key, format("{} holds the system", storage.mount), "mount = \"/fsx\"");
    }
  }
  for (const NodeGroup& group : cluster.nodes) {
    const std::string key = "nodes." + group.name + ".scratch";
    if (taken.count(group.scratch) > 0) {
      findings.error(key, format("{} is a shared file system's mount", group.scratch), "scratch = \"/local\"");
    }
    if (is_system_folder(group.scratch)) {
      findings.error(key, format("{} holds the system", group.scratch), "scratch = \"/scratch\"");
    }
  }
}

}  // namespace

void check_storage(const Cluster& cluster, Findings& findings) {
  for (const Storage& storage : cluster.storage) StorageChecker(storage, cluster, findings).check();
  check_mounts(cluster, findings);
}

}  // namespace trireme::cloud
