#pragma once

#include <set>
#include <string>
#include <vector>

#include "trireme/cloud/template/id.h"

namespace trireme::cloud {

/// What a resource of a stack may be asked for.
template <class Kind>
struct Handle {
  std::string logical_id;

  Id<Kind> id() const { return Id<Kind>(Reference{Reference::Source::kResource, logical_id, "", Kind::kPrefix}); }
  template <class Other = NameKind>
  Id<Other> attribute(const std::string& name) const {
    return Id<Other>(Reference{Reference::Source::kAttribute, logical_id, name, Other::kPrefix});
  }
  /// For a property that takes a password. REQUIRES: a secret.
  Text secret_value() const { return Reference{Reference::Source::kSecret, logical_id, "", ""}; }
};

/// A value that one stack exports and others import. Producer and consumers name the same constant function of
/// contracts.h, so they can't drift apart.
template <class Kind>
struct Contract {
  std::string stack;   // "llama-network"
  std::string output;  // "VpcId"

  std::string export_name() const { return stack + "-" + output; }
  Id<Kind> imported() const {
    return Id<Kind>(Reference{Reference::Source::kImport, export_name(), "", Kind::kPrefix});
  }
};

/// How a resource lives, beside its properties.
struct Lifecycle {
  std::vector<std::string> after = {};  // logical ids: DependsOn
  bool retain = false;                  // outlives its stack, and is not replaced in silence
};

/// A CloudFormation stack in the making.
class Stack {
 public:
  Stack(std::string name, std::string description) : name_(std::move(name)), description_(std::move(description)) {}

  template <class Kind>
  Handle<Kind> add(std::string logical_id, std::string type, Map properties, Lifecycle lifecycle = {}) {
    add_resource(logical_id, std::move(type), std::move(properties), std::move(lifecycle));
    return {std::move(logical_id)};
  }
  /// A resource that nothing refers to.
  void add(std::string logical_id, std::string type, Map properties, Lifecycle lifecycle = {}) {
    add_resource(std::move(logical_id), std::move(type), std::move(properties), std::move(lifecycle));
  }
  template <class Kind>
  void export_value(const Contract<Kind>& contract, const Id<Kind>& value, std::string description) {
    add_output(contract.stack, contract.output, contract.export_name(), value, std::move(description));
  }

  const std::string& name() const { return name_; }
  bool empty() const { return resources_.empty(); }
  std::set<std::string> exports() const;
  std::set<std::string> imports() const;

  /// The template. Throws BugError when a reference names no resource of the stack.
  Value to_template() const;

 private:
  struct Resource {
    std::string logical_id;
    std::string type;
    Map properties;
    Lifecycle lifecycle;
  };
  struct Output {
    std::string name;
    std::string export_name;
    Value value;
    std::string description;
  };

  void add_resource(std::string logical_id, std::string type, Map properties, Lifecycle lifecycle);
  void add_output(const std::string& stack, std::string name, std::string export_name, Value value,
                  std::string description);
  bool has(const std::string& logical_id) const;
  template <class Visitor>
  void for_each_reference(const Visitor& visit) const;

  std::string name_;
  std::string description_;
  std::vector<Resource> resources_;
  std::vector<Output> outputs_;
};

}  // namespace trireme::cloud
