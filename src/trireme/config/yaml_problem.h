#pragma once

#include <yaml.h>

#include <string>

namespace trireme::config {

/// Why a text is not YAML.
struct YamlProblem {
  yaml_mark_t mark;
  std::string message;
  std::string remedy;  // may be empty
};

/// What stopped libyaml: for the mistakes that people make, in our words and at the place to change; else in its own.
/// REQUIRES: yaml_parser_parse(&parser, …) failed, and not for want of memory.
YamlProblem explain(const yaml_parser_t& parser);

}  // namespace trireme::config
