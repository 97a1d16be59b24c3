#include <iostream>

#include "trireme/catalog/instance_type.h"
#include "trireme/catalog/network_card.h"
#include "trireme/catalog/region.h"
#include "trireme/cli/command.h"
#include "trireme/cli/print_rows.h"

namespace trireme::cli {

namespace {

Json facts_of(const catalog::InstanceType& type) {
  const catalog::Accelerators& accelerators = type.accelerators;
  return {{"type", type.name},
          {"family", type.family()},
          {"architecture", type.architecture},
          {"vcpus", type.vcpus},
          {"cores", type.cores},
          {"threads_per_core", type.threads_per_core},
          {"sockets", or_null(type.sockets)},
          {"memory_mib", type.memory_mib},
          {"accelerators", accelerators.count},
          {"accelerator", or_null(accelerators.name)},
          {"accelerator_maker", or_null(accelerators.maker)},
          {"accelerator_memory_mib", or_null(accelerators.memory_mib)},
          {"nvlinks", or_null(accelerators.nvlinks)},
          {"nvlink_generation", or_null(accelerators.nvlink_generation)},
          {"network_gbps", or_null(type.network_gbps)},
          {"network_cards", type.network_cards},
          {"efa_interfaces", or_null(type.efa_interfaces)},
          {"efa_rdma_read", or_null(type.efa_rdma_read)},
          {"efa_rdma_write", or_null(type.efa_rdma_write)},
          {"local_nvme_gb", type.local_nvme_gb},
          {"local_nvme_disks", type.local_nvme_disks},
          {"placement_group", or_null(type.placement_group)},
          {"capacity_block", or_null(type.capacity_block)},
          {"spot", or_null(type.spot)},
          {"slurm_real_memory_mb", or_null(type.slurm_real_memory_mb)},
          {"source", type.source}};
}

/// One line of the list for people; --json gives every fact.
Json summary_of(const catalog::InstanceType& type) {
  return {{"type", type.name},
          {"vcpus", type.vcpus},
          {"memory_gib", static_cast<double>(type.memory_mib) / 1024},
          {"accelerators",
           type.accelerators.count == 0 ? "-" : format("{} {}", type.accelerators.count, type.accelerators.name)},
          {"network_gbps", or_null(type.network_gbps)},
          {"efa", or_null(type.efa_interfaces)}};
}

Json interfaces_of(const catalog::InstanceType& type) {
  Json rows = Json::array();
  for (const catalog::NetworkInterface& each : catalog::network_interfaces(type)) {
    rows.push_back({{"card", each.card}, {"device", each.device}, {"kind", to_string(each.kind)}});
  }
  return rows;
}

Json zones_of(const catalog::InstanceType& type) {
  Json zones = Json::object();
  for (const catalog::Offering& offering : catalog::offerings(type.name)) zones[offering.region] = offering.zones;
  return zones;
}

void print_type(const catalog::InstanceType& type) {
  const Json facts = facts_of(type);
  Json rows = Json::array();
  for (const auto& [name, value] : facts.items()) rows.push_back({{"fact", name}, {"value", value}});
  print_rows(rows, false);
  std::cout << "\nNetwork interfaces for the highest EFA bandwidth\n";
  print_rows(interfaces_of(type), false);
  const Json zones = zones_of(type);
  std::cout << (zones.empty() ? "\nZones that offer it: unknown\n" : "\nZones that offer it\n");
  for (const auto& [region, ids] : zones.items()) {
    std::cout << region;
    for (const Json& id : ids) std::cout << " " << text_of(id);
    std::cout << "\n";
  }
}

struct Catalog {
  std::string type;
  bool json = false;

  void declare(Arguments& arguments) {
    arguments.optional_positional("TYPE", &type, "instance type; left out: list them all");
    arguments.json(json);
  }

  ExitCode run() const { return type.empty() ? list() : show(catalog::instance_type(type)); }

  ExitCode list() const {
    Json rows = Json::array();
    for (const catalog::InstanceType& each : catalog::instance_types()) {
      rows.push_back(json ? facts_of(each) : summary_of(each));
    }
    print_rows(rows, json);
    return ExitCode::kOk;
  }

  ExitCode show(const catalog::InstanceType& found) const {
    if (json) {
      Json facts = facts_of(found);
      facts["interfaces"] = interfaces_of(found);
      facts["zones"] = zones_of(found);
      std::cout << facts.dump(2) << "\n";
    } else {
      print_type(found);
    }
    return ExitCode::kOk;
  }
};

const Registered<Catalog> registered{{
    .name = "catalog",
    .summary = "list instance types, or show one with its network interfaces and zones",
    .example = "trireme catalog p5.48xlarge",
    .group = CommandGroup::kInspect,
}};

}  // namespace

}  // namespace trireme::cli
