#include "trireme/cloud/targets/environment/advice.h"

#include <algorithm>

#include "trireme/cloud/targets/nodes.h"
#include "trireme/core/error.h"

namespace trireme::cloud::environment {

namespace {

using catalog::kComponents;

/// In the order of kComponents.
constexpr std::array<std::string Software::*, kComponents.size()> kVersions = {
    &Software::libfabric, &Software::plugin, &Software::efa_installer, &Software::nccl,
    &Software::cuda,      &Software::driver, &Software::kernel};

}  // namespace

std::string software_key(const std::string& component) {
  std::string key = component;
  std::ranges::replace(key, '-', '_');
  return "software." + key;
}

catalog::Stack stack_of(const Cluster& cluster, const NodeGroup& group) {
  catalog::Stack stack;
  stack.instance = &type_of(group);
  for (size_t i = 0; i < kComponents.size(); ++i) {
    const std::string& text = cluster.software.*kVersions[i];
    if (text.empty()) continue;
    Result<catalog::Version> version = catalog::Version::parse(text);
    if (!version) throw ConfigError(format("{}: {}", software_key(std::string(kComponents[i].name)), version.error()));
    stack.*kComponents[i].version = std::move(*version);
  }
  return stack;
}

std::vector<catalog::Advice> efa_advice(const Cluster& cluster, const NodeGroup& group) {
  if (!uses_efa(group)) return {};
  return catalog::EfaEnvironment::load().advise(stack_of(cluster, group));
}

}  // namespace trireme::cloud::environment
