#pragma once

#include <map>
#include <string>

#include "trireme/catalog/stack.h"

namespace trireme::catalog {

/// A stack from text; "" as instance: not known. `versions` by names of kComponents.
inline Stack stack_of(const std::string& instance, const std::map<std::string, std::string>& versions = {}) {
  Stack stack;
  if (!instance.empty()) stack.instance = &instance_type(instance);
  for (const Component& component : kComponents) {
    const auto given = versions.find(std::string(component.name));
    if (given != versions.end()) stack.*component.version = Version::parse(given->second).value();
  }
  return stack;
}

}  // namespace trireme::catalog
