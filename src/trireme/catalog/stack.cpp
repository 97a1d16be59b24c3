#include "trireme/catalog/stack.h"

#include "trireme/catalog/network_card.h"

namespace trireme::catalog {

namespace {

std::string kind_of(const Accelerators& accelerators) {
  if (accelerators.maker.empty()) return "cpu";
  return accelerators.maker == "aws" ? "neuron" : accelerators.maker;
}

}  // namespace

std::vector<std::string> instance_sets(const InstanceType& type) {
  std::vector<std::string> sets = {type.family(), kind_of(type.accelerators)};
  if (!type.accelerators.name.empty()) sets.push_back(type.accelerators.name);
  if (has_efa(type)) sets.emplace_back("efa");
  if (type.efa_rdma_read.value_or(false)) sets.emplace_back("rdma");
  return sets;
}

std::set<std::string> instance_sets() {
  std::set<std::string> names;
  for (const InstanceType& type : instance_types()) {
    for (std::string& name : instance_sets(type)) names.insert(std::move(name));
  }
  return names;
}

}  // namespace trireme::catalog
