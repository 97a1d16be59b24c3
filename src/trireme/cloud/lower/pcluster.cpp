#include "trireme/cloud/lower/pcluster.h"

#include "trireme/cloud/lower/entry.h"
#include "trireme/cloud/lower/placeholders.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

class Lowering {
 public:
  Lowering(const Entry& root, Model& model) : root_(root), model_(model) {}

  void run() {
    model_.region = root_["Region"].text();
    add_head();
    for (const Entry& queue : root_["Scheduling"]["SlurmQueues"].items()) add_queue(queue);
    for (const Entry& pool : root_["LoginNodes"]["Pools"].items()) add_login(pool);
    for (const Entry& storage : root_["SharedStorage"].items()) add_storage(storage);
  }

 private:
  void add_scripts(const Entry& owner, NodeModel& node) {
    for (const char* event : {"OnNodeStart", "OnNodeConfigured", "OnNodeUpdated"}) {
      const Entry action = owner["CustomActions"][event];
      const Entry sequence = action["Sequence"];
      for (const Entry& step : sequence.absent() ? std::vector<Entry>{action} : sequence.items()) {
        const Text script = step["Script"].text();
        if (!script) continue;
        node.scripts.push_back(script);
        model_.scripts.push_back(script);
        for (const Text& argument : step["Args"].texts().items) {
          if (argument->rfind("http", 0) == 0) model_.scripts.push_back(argument);
        }
      }
    }
  }

  NodeModel node(const std::string& name, const Entry& owner) {
    NodeModel made;
    made.name = name;
    made.where = owner.where();
    made.os = root_["Image"]["Os"].text();
    const Entry own = owner["Image"]["CustomAmi"];
    if (const Text image = own.absent() ? root_["Image"]["CustomAmi"].text() : own.text(); !image.absent()) {
      made.images.push_back(image);
    }
    made.capacity.kind = {"on-demand", owner.where(), false};
    // ParallelCluster asks for IMDSv2 unless told otherwise.
    const Text support = or_default(root_["Imds"]["ImdsSupport"].text(), std::string("v2.0"));
    made.imds_tokens = {support.is("v2.0"), support.where, support.unknown};
    if (support.unknown) made.imds_tokens.value.reset();
    return made;
  }

  void read_network(const Entry& networking, NodeModel& node) {
    node.subnets = networking[networking["SubnetIds"].absent() ? "SubnetId" : "SubnetIds"].links();
    const Entry groups = networking["SecurityGroups"];
    node.groups = (groups.absent() ? networking["AdditionalSecurityGroups"] : groups).links();
    // Groups of its own replace those that ParallelCluster makes.
    if (groups.absent()) node.groups.complete = false;
  }

  /// ElasticIp: true, or the id of an address.
  static Text elastic_ip(const Entry& networking) {
    const Entry given = networking["ElasticIp"];
    if (given.boolean().is(true)) return {"new", given.where(), false};
    return given.boolean().is(false) ? Text{std::nullopt, given.where(), false} : given.text();
  }

  void add_head() {
    const Entry head = root_["HeadNode"];
    if (head.absent()) return;
    NodeModel made = node("HeadNode", head);
    made.role = "controller";
    made.count = made.max_count = {1, head.where(), false};
    if (const Text type = head["InstanceType"].text(); !type.absent()) made.instances.push_back(type);
    made.efa = {false, head.where(), false};
    read_network(head["Networking"], made);
    made.elastic_ip = elastic_ip(head["Networking"]);
    const Text from = head["Ssh"]["AllowedIps"].text();
    if (!head["Networking"]["SecurityGroups"].absent()) {
      made.ssh_from.unknown = true;
    } else {
      made.ssh_from = or_default(from, std::string("0.0.0.0/0"));
    }
    if (const auto secured = head["Imds"]["Secured"].boolean(); secured.is(false)) {
      // Secured limits who on the node may use the metadata service; ImdsSupport says which version.
      model_.unsecured_metadata.push_back(secured);
    }
    add_scripts(head, made);
    model_.nodes.push_back(std::move(made));
  }

  void add_login(const Entry& pool) {
    NodeModel made = node(label("LoginNodes", pool), pool);
    made.role = "login";
    made.count = made.max_count = pool["Count"].integer();
    if (const Text type = pool["InstanceType"].text(); !type.absent()) made.instances.push_back(type);
    made.efa = {false, pool.where(), false};
    read_network(pool["Networking"], made);
    model_.nodes.push_back(std::move(made));
  }

  static std::string label(const std::string& prefix, const Entry& owner) {
    const Text name = owner["Name"].text();
    return name ? prefix + "." + *name : prefix;
  }

  void add_queue(const Entry& queue) {
    add_name("queue", queue["Name"].text());
    for (const Entry& resource : queue["ComputeResources"].items()) {
      add_name("compute-resource", resource["Name"].text());
      NodeModel made = node(label(label("SlurmQueues", queue), resource), resource);
      if (!queue["Image"]["CustomAmi"].absent()) made.images = {queue["Image"]["CustomAmi"].text()};
      made.role = "worker";
      add_types(resource, made);
      made.count = or_default(resource["MinCount"].integer(), int64_t{0});
      made.max_count = or_default(resource["MaxCount"].integer(), int64_t{10});
      made.efa = or_default(resource["Efa"]["Enabled"].boolean(), false);
      read_network(queue["Networking"], made);
      made.placement_group = placement(queue, resource);
      made.capacity = capacity(queue, resource);
      add_scripts(queue, made);
      model_.nodes.push_back(std::move(made));
    }
  }

  void add_name(const char* kind, const Text& name) {
    if (!name.absent()) model_.names.push_back({kind, name});
  }

  static void add_types(const Entry& resource, NodeModel& made) {
    if (const Text type = resource["InstanceType"].text(); !type.absent()) made.instances.push_back(type);
    for (const Entry& entry : resource["Instances"].items()) {
      if (const Text type = entry["InstanceType"].text(); !type.absent()) made.instances.push_back(type);
    }
  }

  /// The compute resource's own setting stands before the queue's.
  static Fact<bool> placement(const Entry& queue, const Entry& resource) {
    const Entry own = resource["Networking"]["PlacementGroup"];
    const Entry group = own.absent() ? queue["Networking"]["PlacementGroup"] : own;
    Fact<bool> enabled = group["Enabled"].boolean();
    // A group by name or id is one too.
    const bool named = !group["Name"].absent() || !group["Id"].absent();
    if (enabled.absent()) enabled = {named, group.where(), false};
    return enabled;
  }

  static CapacitySource capacity(const Entry& queue, const Entry& resource) {
    const Entry own = resource["CapacityReservationTarget"];
    const Entry shared = queue["CapacityReservationTarget"];
    const Entry target = own.absent() ? shared : own;
    const Text type = queue["CapacityType"].text();
    CapacitySource source;
    source.where = target.absent() ? resource.where() : target.where();
    source.twice = !own.absent() && !shared.absent();
    source.id = target["CapacityReservationId"].text();
    if (source.id.absent()) source.id = target["CapacityReservationResourceGroupArn"].text();
    source.kind = {"on-demand", resource.where(), false};
    if (type.unknown) source.kind = type;
    if (type.is("SPOT")) source.kind = {"spot", type.where, false};
    if (type.is("CAPACITY_BLOCK")) {
      source.kind = {"block", type.where, false};
    } else if (!target["CapacityReservationId"].absent()) {
      source.kind = {"reservation", source.where, false};
    } else if (!target.absent()) {
      source.kind = {"reservation-group", source.where, false};
    }
    return source;
  }

  void add_storage(const Entry& storage) {
    model_.mounts.push_back({label("SharedStorage", storage), storage["MountDir"].text()});
    const Entry settings = storage["FsxLustreSettings"];
    if (!storage["StorageType"].text().is("FsxLustre") || !settings["FileSystemId"].absent()) return;
    FileSystemModel made;
    made.name = label("SharedStorage", storage);
    made.where = storage.where();
    made.kind = {"lustre", storage.where(), false};
    made.size_gib = settings["StorageCapacity"].integer();
    made.deployment = or_default(settings["DeploymentType"].text(), std::string("SCRATCH_2"));
    made.throughput = settings["PerUnitStorageThroughput"].integer();
    made.version = settings["FileSystemTypeVersion"].text();
    made.storage_type = or_default(settings["StorageType"].text(), std::string("SSD"));
    made.backup_days = settings["AutomaticBackupRetentionDays"].integer();
    made.import_path = settings["ImportPath"].text();
    made.has_data_repository = !settings["DataRepositoryAssociations"].absent();
    made.efa = {false, storage.where(), false};
    // ParallelCluster puts it beside the compute nodes, behind a group of its own.
    made.subnets.complete = made.groups.complete = false;
    model_.file_systems.push_back(std::move(made));
  }

  const Entry root_;
  Model& model_;
};

}  // namespace

Model lower_pcluster(const config::Value& document, const std::string& file) {
  Model model;
  model.file = file;
  model.kind = "pcluster";
  const config::Value filled = without_placeholders(document, model);
  Lowering(Entry(filled), model).run();
  return model;
}

}  // namespace trireme::cloud
