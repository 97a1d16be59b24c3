#include "trireme/cloud/lower/cluster.h"

#include <algorithm>

#include "trireme/catalog/instance_type.h"
#include "trireme/cloud/address/subnet_plan.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

class Lowering {
 public:
  Lowering(const Cluster& cluster, const config::Origins& origins, const std::string& file)
      : cluster_(cluster), origins_(origins) {
    model_.file = file;
    model_.kind = "cluster";
  }

  Model run() {
    model_.region = fact(cluster_.region, "cluster.region");
    model_.names.push_back({"cluster", fact(cluster_.name, "cluster.name")});
    add_network();
    for (const NodeGroup& group : cluster_.nodes) add_group(group);
    for (const Storage& storage : cluster_.storage) add_storage(storage);
    add_accounting();
    add_software();
    add_job();
    return std::move(model_);
  }

 private:
  /// A default has the place of its section, which is that of any key of it, or the start of the file.
  SourceLocation where(const std::string& key) const {
    const auto found = origins_.find(key);
    if (found != origins_.end()) return found->second;
    const std::string section = key.substr(0, key.rfind('.') + 1);
    SourceLocation first = {model_.file, 1, 1};
    for (const auto& [name, place] : origins_) {
      if (name.rfind(section, 0) == 0 && (first.line == 1 || place.line < first.line)) first = place;
    }
    return first;
  }
  template <class T>
  Fact<T> fact(T value, const std::string& key) const {
    return {std::move(value), where(key), false};
  }
  /// An empty text says nothing.
  Text text(const std::string& value, const std::string& key) const {
    if (value.empty()) return {std::nullopt, where(key), true};
    return fact(value, key);
  }

  void add_network() {
    const Network& network = cluster_.network;
    if (network.adopted()) return;
    auto primary = Cidr::parse(network.cidr);
    if (!primary) return;
    auto secondary = Cidr::parse(network.secondary_cidr);
    const Link vpc_id = {"vpc", true};
    Vpc vpc{vpc_id, where("network.cidr"), fact(network.cidr, "network.cidr"), {}, false};
    if (secondary) vpc.secondary.push_back(fact(network.secondary_cidr, "network.secondary_cidr"));
    model_.network.vpcs.push_back(std::move(vpc));
    const std::vector<std::string> zones = cluster_.all_zones();
    auto plan = plan_subnets(primary.value(), secondary ? &secondary.value() : nullptr, static_cast<int>(zones.size()));
    if (!plan) {
      model_.network.plan_problem = fact(plan.error(), "network.cidr");
      return;
    }
    for (size_t i = 0; i < zones.size(); ++i) {
      const auto add = [&](const char* kind, const Cidr& block) {
        model_.network.subnets.push_back({{format("{}{}", kind, i + 1), true},
                                          where("network.cidr"),
                                          fact(vpc_id, "network.cidr"),
                                          fact(block.to_string(), "network.cidr"),
                                          fact(zones[i], cluster_.zones.empty() ? "cluster.zone" : "cluster.zones"),
                                          fact(false, "network.cidr")});
      };
      add("public-subnet-", plan->public_subnets[i]);
      add("private-subnet-", plan->private_subnets[i]);
    }
    const size_t gateways = network.internet == "nat" ? 1 : network.internet == "nat-per-zone" ? zones.size() : 0;
    for (size_t i = 0; i < gateways; ++i) {
      const Link address = {format("address-{}", i + 1), true};
      model_.network.nats.push_back(
          {{format("nat-{}", i + 1), true}, where("network.internet"), fact(address, "network.internet"), false});
    }
    model_.network.addresses = static_cast<int64_t>(gateways);
    model_.network.addresses_where = where("network.internet");
  }

  void add_group(const NodeGroup& group) {
    const std::string prefix = "nodes." + group.name + ".";
    NodeModel node;
    node.name = "nodes." + group.name;
    node.where = where(prefix + "instance");
    // HyperPod's names differ from EC2's by a prefix that the description leaves out.
    node.service = NodeService::kEc2;
    node.role = group.role;
    node.instances = {fact(group.instance, prefix + "instance")};
    node.count = fact(group.count, prefix + "count");
    node.max_count = fact(group.most(), prefix + (group.max_count > 0 ? "max_count" : "count"));
    const catalog::InstanceType* type = catalog::find_instance_type(group.instance);
    const bool has_efa = type != nullptr && type->efa_interfaces.value_or(0) > 0;
    const bool efa = group.efa == "on" || (group.efa == "auto" && has_efa && group.role == "worker");
    node.efa = fact(efa, prefix + "efa");
    if (efa && has_efa) {
      node.has_interfaces = true;
      for (const auto& interface : catalog::network_interfaces(*type)) {
        node.interfaces.items.push_back(fact(interface, prefix + "efa"));
      }
    }
    const std::string& kind = group.capacity.kind;
    node.capacity = {fact(kind, prefix + "capacity.kind"), text(group.capacity.id, prefix + "capacity.id"),
                     where(prefix + "capacity.kind"), false, false};
    const bool placed = kind == "block" || kind == "reservation" || kind == "reservation-group";
    node.placement_group = fact(
        group.placement_group == "on" || (group.placement_group == "auto" && efa && group.role == "worker" && !placed),
        prefix + "placement_group");
    add_place(group, node);
    const std::string& image = group.image.empty() ? cluster_.image.id : group.image;
    if (!image.empty()) node.images = {fact(image, group.image.empty() ? "image.id" : prefix + "image")};
    if (cluster_.on("parallelcluster")) node.os = fact(cluster_.image.os, "image.os");
    node.imds_tokens = fact(true, prefix + "instance");
    if (!cluster_.access.ssh_from.empty() && group.role == "controller") {
      node.ssh_from = fact(cluster_.access.ssh_from, "access.ssh_from");
    }
    for (const std::string& script : group.setup) {
      node.scripts.push_back(fact(script, prefix + "setup"));
      model_.scripts.push_back(node.scripts.back());
    }
    model_.nodes.push_back(std::move(node));
  }

  void add_place(const NodeGroup& group, NodeModel& node) {
    const Network& network = cluster_.network;
    const bool in_public = (group.role == "controller" || group.role == "login") && cluster_.login_is_public();
    if (network.adopted()) {
      node.subnets.items = {fact(Link{in_public ? network.public_subnet : network.subnet, false, false},
                                 in_public ? "network.public_subnet" : "network.subnet")};
      if (!network.security_group.empty()) {
        node.groups.items = {fact(Link{network.security_group, false, false}, "network.security_group")};
      }
    } else {
      node.subnets.items = {fact(Link{in_public ? "public-subnet-1" : "private-subnet-1", true}, "network.cidr")};
      node.groups.complete = false;
    }
    // ParallelCluster gives its head node one there.
    if (in_public && group.role == "controller" && cluster_.on("parallelcluster")) {
      node.elastic_ip = fact(std::string("new"), network.adopted() ? "network.public_subnet" : "access.ssh_from");
    }
    node.zone = text(cluster_.all_zones().front(), cluster_.zones.empty() ? "cluster.zone" : "cluster.zones");
  }

  static std::string fsx_word(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
    return word;
  }

  void add_storage(const Storage& storage) {
    const std::string prefix = "storage." + storage.name + ".";
    if (!storage.mount.empty()) {
      model_.mounts.push_back({"storage." + storage.name, fact(storage.mount, prefix + "mount")});
    }
    if (!storage.id.empty()) {
      if (storage.kind == "bucket") model_.names.push_back({"bucket", fact(storage.id, prefix + "id")});
      return;
    }
    if (storage.kind == "bucket") return;
    const bool lustre = storage.kind == "lustre";
    FileSystemModel made;
    made.name = "storage." + storage.name;
    made.where = where(prefix + "kind");
    made.kind = fact(storage.kind, prefix + "kind");
    made.size_gib = fact(storage.size_gib, prefix + "size_gib");
    const std::string fallback = lustre ? "persistent-2" : "single-az-ha-2";
    made.deployment = fact(fsx_word(storage.deployment.empty() ? fallback : storage.deployment), prefix + "deployment");
    if (storage.throughput > 0) made.throughput = fact(storage.throughput, prefix + "throughput");
    made.throughput.where = where(prefix + "throughput");
    made.storage_type = fact(std::string("SSD"), prefix + "kind");
    made.backup_days = fact(storage.backup_days, prefix + "backup_days");
    if (lustre) {
      made.version = fact(storage.version, prefix + "version");
      const bool asks = storage.metadata != "auto" || made.deployment.is("PERSISTENT_2");
      if (asks) {
        made.metadata_mode =
            fact(std::string(storage.metadata == "user" ? "USER_PROVISIONED" : "AUTOMATIC"), prefix + "metadata");
      }
      if (storage.metadata == "user") made.metadata_iops = fact(storage.metadata_iops, prefix + "metadata_iops");
      made.efa = fact(storage.efa, prefix + "efa");
      made.has_data_repository = !storage.data_repository.empty();
    }
    // Two subnets of a Multi-AZ file system need two zones.
    const size_t subnets = made.deployment.is("MULTI_AZ_1") ? std::min<size_t>(2, cluster_.all_zones().size()) : 1;
    for (size_t i = 0; i < subnets; ++i) {
      made.subnets.items.push_back(fact(Link{format("private-subnet-{}", i + 1), true}, prefix + "deployment"));
    }
    if (cluster_.network.adopted()) made.subnets.complete = false;
    made.groups.complete = false;
    model_.file_systems.push_back(std::move(made));
  }

  void add_accounting() {
    const Accounting& accounting = cluster_.accounting;
    if (accounting.kind != "aurora") return;
    DatabaseModel database;
    database.name = "accounting";
    database.where = where("accounting.kind");
    database.cluster = true;
    database.engine = fact(std::string("aurora-mysql"), "accounting.kind");
    database.engine_version = fact(accounting.engine_version, "accounting.engine_version");
    database.min_capacity = fact(accounting.min_capacity, "accounting.min_capacity");
    database.max_capacity = fact(accounting.max_capacity, "accounting.max_capacity");
    database.subnets.complete = false;  // the description's own check counts zones
    database.encrypted = fact(true, "accounting.kind");
    database.is_public = fact(false, "accounting.kind");
    model_.databases.push_back(std::move(database));
  }

  void add_software() {
    const Software& software = cluster_.software;
    for (const NodeModel& node : model_.nodes) {
      if (node.role != "worker") continue;
      SoftwareModel made;
      made.name = node.name;
      made.where = node.where;
      made.instance = node.instances.front();
      made.efa_installer = text(software.efa_installer, "software.efa_installer");
      made.libfabric = text(software.libfabric, "software.libfabric");
      made.plugin = text(software.plugin, "software.plugin");
      made.nccl = text(software.nccl, "software.nccl");
      made.cuda = text(software.cuda, "software.cuda");
      made.driver = text(software.driver, "software.driver");
      made.kernel = text(software.kernel, "software.kernel");
      model_.software.push_back(std::move(made));
    }
  }

  /// The NCCL job takes a whole node, and trireme writes the rest of it by rule.
  void add_job() {
    if (!cluster_.on("batch")) return;
    ContainerJob job;
    job.name = "batch";
    job.where = where("batch.image");
    job.image = fact(cluster_.batch.image, "batch.image");
    job.runs = false;
    model_.jobs.push_back(std::move(job));
  }

  const Cluster& cluster_;
  const config::Origins& origins_;
  Model model_;
};

}  // namespace

Model lower_cluster(const Cluster& cluster, const config::Origins& origins, const std::string& file) {
  return Lowering(cluster, origins, file).run();
}

}  // namespace trireme::cloud
