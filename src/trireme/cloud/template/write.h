#pragma once

#include <map>
#include <string>

#include "trireme/cloud/template/value.h"

namespace trireme::cloud {

/// A CloudFormation template, or a part of one, as JSON: references become Ref, Fn::GetAtt, Fn::ImportValue and
/// Fn::Sub. Throws BugError for literal text that CloudFormation would expand: "${" and "{{resolve:" come only
/// from references.
std::string to_cloudformation(const Value& value);

/// The same without references, for requests and policies. REQUIRES: all text is literal.
std::string to_json(const Value& value);

/// A reference that a file without CloudFormation's functions had to spell out.
struct Placeholder {
  std::string value;   // stands in the file, in the form of the real one: "subnet-000000000001f2a30"
  std::string source;  // the export that replaces it: "llama-network-PrivateSubnet1Id"
};

/// YAML for tools that know no references. Each import is written as a placeholder of the right form, the same one
/// for the same export, and listed in `placeholders`. REQUIRES: no reference but imports.
std::string to_yaml(const Value& value, std::vector<Placeholder>& placeholders);

}  // namespace trireme::cloud
