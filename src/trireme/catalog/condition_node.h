#pragma once

#include <compare>
#include <functional>
#include <variant>

#include "trireme/catalog/condition.h"

namespace trireme::catalog {

/// The syntax tree of a condition.
struct Condition::Node {
  struct Always {};
  struct InstanceIn {
    std::vector<std::string> names;
  };
  struct Prerelease {
    const Component* component;
  };
  struct Comparison {
    const Component* component;
    bool (*holds)(std::strong_ordering);
    Version bound;
  };
  struct Not {
    std::shared_ptr<const Node> inner;
  };
  struct And {
    std::vector<Node> parts;
  };
  struct Or {
    std::vector<Node> parts;
  };

  std::variant<Always, InstanceIn, Prerelease, Comparison, Not, And, Or> kind;

  Truth evaluate(const Stack& stack) const;
  void visit(const std::function<void(const Node&)>& look) const;
};

Result<Condition::Node> parse_condition(std::string_view text);

}  // namespace trireme::catalog
