#include "trireme/catalog/instance_type.h"

#include <algorithm>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/core/diagnostic.h"
#include "trireme/core/error.h"

namespace trireme::catalog {

namespace {

constexpr std::string_view kHyperPodPrefix = "ml.";

/// A text column where "-" means that there is none.
std::string text_or_empty(const Table& table, size_t row, std::string_view column) {
  const std::string& text = table.text(row, column);
  return text == "-" ? std::string() : text;
}

Accelerators read_accelerators(const Table& table, size_t row) {
  return {.count = table.required_integer(row, "accelerators"),
          .maker = text_or_empty(table, row, "accelerator_maker"),
          .name = text_or_empty(table, row, "accelerator"),
          .memory_mib = table.integer(row, "accelerator_memory_mib"),
          .nvlinks = table.integer(row, "nvlinks"),
          .nvlink_generation = table.integer(row, "nvlink_generation")};
}

InstanceType read_row(const Table& table, size_t row) {
  return {.name = table.text(row, "type"),
          .architecture = table.text(row, "architecture"),
          .vcpus = table.required_integer(row, "vcpus"),
          .cores = table.required_integer(row, "cores"),
          .threads_per_core = table.required_integer(row, "threads_per_core"),
          .sockets = table.integer(row, "sockets"),
          .memory_mib = table.required_integer(row, "memory_mib"),
          .accelerators = read_accelerators(table, row),
          .network_gbps = table.number(row, "network_gbps"),
          .network_cards = table.required_integer(row, "network_cards"),
          .efa_interfaces = table.integer(row, "efa_interfaces"),
          .efa_rdma_read = table.boolean(row, "efa_rdma_read"),
          .efa_rdma_write = table.boolean(row, "efa_rdma_write"),
          .local_nvme_gb = table.required_integer(row, "local_nvme_gb"),
          .local_nvme_disks = table.required_integer(row, "local_nvme_disks"),
          .placement_group = table.boolean(row, "placement_group"),
          .capacity_block = table.boolean(row, "capacity_block"),
          .spot = table.boolean(row, "spot"),
          .slurm_real_memory_mb = table.integer(row, "slurm_real_memory_mb"),
          .source = table.text(row, "source")};
}

}  // namespace

const std::vector<InstanceType>& instance_types() {
  static const std::vector<InstanceType> types = [] {
    const Table table = Table::read(facts_folder() / "instances.tsv");
    std::vector<InstanceType> rows;
    for (size_t row = 0; row < table.size(); ++row) rows.push_back(read_row(table, row));
    return rows;
  }();
  return types;
}

const InstanceType* find_instance_type(std::string_view name) {
  if (name.starts_with(kHyperPodPrefix)) name.remove_prefix(kHyperPodPrefix.size());
  const auto& types = instance_types();
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const InstanceType& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

const InstanceType& instance_type(std::string_view name) {
  if (const InstanceType* found = find_instance_type(name)) return *found;
  const std::string prefix(name.starts_with(kHyperPodPrefix) ? kHyperPodPrefix : "");
  std::vector<std::string> names;
  for (const InstanceType& type : instance_types()) names.push_back(prefix + type.name);
  const std::string near = nearest_name(name, names);
  throw ConfigError(format("no instance type \"{}\"; ", name) +
                    (near.empty() ? "`trireme catalog` lists them, and a row in facts/instances.tsv adds one"
                                  : format("did you mean \"{}\"?", near)));
}

}  // namespace trireme::catalog
