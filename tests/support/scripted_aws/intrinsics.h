#pragma once

#include <map>
#include <set>
#include <string>

#include "world.h"

namespace scripted_aws {

/// Evaluates the functions of a template (Ref, Fn::GetAtt, Fn::Sub, …).
///
/// `ids` names the resources that there are by logical id. Where a resource of the template is not in it, Ref and
/// GetAtt give text that stands for what is known after it was made.
class Resolver {
 public:
  /// Throws ValidationError for a parameter without a value.
  Resolver(World& world, const std::string& stack, const std::string& stack_id, const Json& document,
           const Json& parameters, std::map<std::string, std::string> ids);

  /// The value without functions; discarded where it is AWS::NoValue.
  Json resolve(const Json& value) const;
  bool condition(const std::string& name) const;
  /// Whether its Condition, if any, holds.
  bool is_wanted(const Json& resource) const;
  const Json& parameters() const { return parameters_; }
  /// Exports that were read.
  const std::set<std::string>& imports() const { return imports_; }

 private:
  Json call(const std::string& function, const Json& argument) const;
  Json ref(const std::string& name) const;
  Json attribute(const std::string& logical_id, const std::string& name) const;
  std::string substitute(const Json& argument) const;
  Json import(const std::string& name) const;
  bool truth(const Json& expression) const;

  World& world_;
  std::string stack_, stack_id_;
  const Json& document_;
  Json parameters_ = Json::object();
  std::map<std::string, std::string> ids_;
  mutable std::set<std::string> imports_;
};

/// The logical ids of `document` that `value` refers to, in DependsOn too.
std::set<std::string> references(const Json& document, const Json& value);

/// The resources in an order in which each follows what it refers to. Throws ValidationError for a circle or a
/// reference to nothing.
std::vector<std::string> creation_order(const Json& document);

}  // namespace scripted_aws
