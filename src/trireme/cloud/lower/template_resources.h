#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trireme/cloud/lower/entry.h"
#include "trireme/cloud/lower/resolve.h"
#include "trireme/cloud/model/model.h"

namespace trireme::cloud {

/// A resource of a template with its intrinsic functions resolved.
struct LoweredResource {
  std::string name;
  std::string type;
  Entry raw;  // as written
  config::Value properties;
  bool conditional = false;

  Entry entry() const { return Entry(properties); }
  std::string label() const { return "Resources." + name; }
  Link link() const { return {name, true}; }
  const SourceLocation& where() const { return raw.where(); }
};

/// What the parts of the lowering share.
struct TemplateParts {
  const Resolver& resolver;
  std::vector<LoweredResource> resources;

  /// Calls `take` with each resource of the type.
  template <class Take>
  void each(std::string_view type, Take take) const {
    for (const LoweredResource& resource : resources) {
      if (resource.type == type) take(resource);
    }
  }
};

void lower_network_resources(const TemplateParts& parts, NetworkModel& network);
void lower_node_resources(const TemplateParts& parts, Model& model);
void lower_data_resources(const TemplateParts& parts, Model& model);
void lower_policy_resources(const TemplateParts& parts, StackModel& stack);

}  // namespace trireme::cloud
