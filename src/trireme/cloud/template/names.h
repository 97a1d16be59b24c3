#pragma once

#include <string>
#include <string_view>

#include "trireme/cloud/template/value.h"

namespace trireme::cloud {

/// A part's name as a logical id has it: "gpu-data" is "GpuData".
inline std::string camel_case(std::string_view name) {
  std::string text;
  bool upper = true;
  for (const char letter : name) {
    if (letter == '-') {
      upper = true;
      continue;
    }
    text += upper && letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    upper = false;
  }
  return text;
}

/// Tags: the one that consoles show as the resource's name.
inline List name_tag(const std::string& name) { return {Map{{"Key", "Name"}, {"Value", name}}}; }

}  // namespace trireme::cloud
