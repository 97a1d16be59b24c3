#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "trireme/cloud/model/fact.h"

namespace trireme::cloud {

/// A mention of a logical name: Ref, Fn::GetAtt, Fn::Sub, DependsOn, a Condition.
struct Mention {
  enum class Kind { kName, kResource, kCondition };
  std::string name;
  Kind kind = Kind::kName;  // kName: a parameter or a resource
  SourceLocation where;
  std::string from;  // logical name of the resource it stands in; empty: outputs, conditions
  /// Values of parameters for which it is made but its resource is not: "CreateSubnet=false".
  std::string missing_when;
};

struct Parameter {
  std::string name;
  SourceLocation where;
  std::string type;
  Text fallback;  // its Default
  std::vector<std::string> allowed;
  bool no_echo = false;
  bool used = false;
};

/// A resource, with what rules of no domain of their own ask of it.
struct Resource {
  std::string name;
  std::string type;
  SourceLocation where;
  std::set<std::string> depends;        // by reference and by DependsOn
  std::set<std::string> ordered_after;  // by DependsOn alone
  Text deletion_policy;
  Text physical_name;  // BucketName, RoleName, …
};

/// A string of a resource's properties.
struct Literal {
  std::string resource;
  std::string path;  // "Properties.LogGroupName"
  Text text;
};

/// A name that a stack exports or imports; what parameters make of it is "*".
struct ExportName {
  std::string pattern;
  SourceLocation where;
  Fact<Link> value = {};  // of an export
};

/// May an export of this name be what an import of that name asks for?
bool may_match(const std::string& exported, const std::string& imported);
/// What follows the last "*" of a pattern.
std::string fixed_end(const std::string& pattern);

/// A parameter whose name promises a thing that its condition then leaves out.
struct Switch {
  std::string parameter;
  std::string condition;
  std::string path;
  SourceLocation where;
};

/// A list parameter that is indexed.
struct Selection {
  std::string parameter;
  int64_t index = 0;
  SourceLocation where;
};

/// Statement of an IAM policy.
struct PolicyStatement {
  std::string resource;
  SourceLocation where;
  bool allows = false;
  std::vector<Text> actions, resources;
  std::vector<Text> managed;  // policies attached by ARN
};

/// A CloudFormation template.
struct StackModel {
  std::string file;
  SourceLocation where;
  std::vector<Parameter> parameters;
  std::map<std::string, Resource> resources;
  std::set<std::string> conditions;
  std::vector<Mention> references;
  std::vector<Literal> literals;
  std::vector<ExportName> exports, imports;
  std::vector<Switch> inverted;
  std::vector<Selection> selections;
  std::vector<PolicyStatement> policies;
  size_t outputs = 0;
  size_t bytes = 0;
  bool has_rules = false;  // assertions about its parameters
  bool expands = false;    // macros, modules or loops make more of it than is written

  const Parameter* parameter(const std::string& name) const;
};

}  // namespace trireme::cloud
