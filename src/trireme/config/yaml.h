#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trireme/config/tree_builder.h"
#include "trireme/config/value.h"
#include "trireme/core/diagnostic.h"

namespace trireme::config {

/// Reads YAML that others wrote, strictly. Plain scalars mean what they mean to PyYAML (yaml_scalar.h), keys are kept
/// as their text, aliases and the merge key `<<` are expanded. Refused, each with its place: what is not YAML, keys
/// written twice, collections as keys, tags that `rule` does not know, and what exceeds the limits of source_text.h
/// and tree_builder.h. Scalars with a local tag are strings, as cfn-lint and the AWS command line read them.
/// `name` stands for the file in locations. Nothing when there was an error.
std::optional<Value> parse_yaml(const std::string& text, const std::string& name, Diagnostics& diagnostics,
                                const TagRule& rule = {});

/// The same for a file of one or more documents, each after the first begun by `---`; the limits hold for all of them
/// together. Empty when there was an error.
std::vector<Value> parse_yaml_documents(const std::string& text, const std::string& name, Diagnostics& diagnostics,
                                        const TagRule& rule = {});

}  // namespace trireme::config
