#pragma once

#include <map>
#include <string>
#include <vector>

#include "trireme/config/value.h"

namespace trireme::cloud {

/// What intrinsic functions of a CloudFormation template come to, as far as the template says. Parameters stand for
/// what `given` sets, or for their Default; an empty Default and none leave them unknown. Fn::If is unknown unless
/// both branches are equal. References to resources stay {"Ref": name},
/// imports {"Fn::ImportValue": pattern}.
/// Source: AWS CloudFormation template reference, "Intrinsic function reference".
class Resolver {
 public:
  /// `root` must outlive this.
  Resolver(const config::Table& root, std::map<std::string, std::string> given);

  config::Value resolve(const config::Value& value) const;
  /// What `value` may come to: the branches of its Fn::Ifs, each resolved, without AWS::NoValue.
  std::vector<config::Value> outcomes(const config::Value& value) const;
  /// A name with "*" for what depends on parameters that may be set otherwise, on the account, or on the stack.
  std::string pattern(const config::Value& value) const;

  /// Is `value` a reference to a parameter that is empty by default?
  bool is_optional(const config::Value& value) const;

 private:
  config::Value function(const std::string& name, const config::Value& argument, const SourceLocation& where) const;
  config::Value reference(const std::string& name, const SourceLocation& where) const;
  config::Value attribute(const config::Value& argument, const SourceLocation& where) const;
  config::Value substitute(const config::Value& argument, const SourceLocation& where) const;
  config::Value join(const config::Value& argument, const SourceLocation& where) const;
  config::Value select(const config::Value& argument, const SourceLocation& where) const;
  config::Value split(const config::Value& argument, const SourceLocation& where) const;
  config::Value find_in_map(const config::Value& argument, const SourceLocation& where) const;
  bool is_resource(const std::string& name) const;

  const config::Table& root_;
  std::map<std::string, std::string> given_;
};

/// The function that a table of one key is ("Ref", "Fn::Sub", "Condition"), with its argument; else nulls.
struct Intrinsic {
  const std::string* name = nullptr;
  const config::Value* argument = nullptr;
  explicit operator bool() const { return name != nullptr; }
};
Intrinsic as_intrinsic(const config::Value& value);

/// Pieces of a Fn::Sub text: what stands between, and names in "${…}"; "${!x}" is the text "${x}".
struct SubPiece {
  std::string text;
  bool is_name = false;
};
std::vector<SubPiece> sub_pieces(const std::string& text);

/// "a.b" of Fn::Sub and of Fn::GetAtt: the logical name and the attribute.
std::pair<std::string, std::string> split_attribute_name(const std::string& text);

}  // namespace trireme::cloud
