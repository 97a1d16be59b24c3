#include "trireme/catalog/condition.h"

#include <algorithm>

#include "trireme/catalog/condition_node.h"

namespace trireme::catalog {

namespace {

using Node = Condition::Node;

Truth truth(bool holds) { return holds ? Truth::kTrue : Truth::kFalse; }

template <class... Cases>
struct Overload : Cases... {
  using Cases::operator()...;
};

template <class T>
void add_once(std::vector<T>& list, T item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(std::move(item));
}

/// The component of a node that compares one, else nullptr.
const Component* component_of(const Node& node) {
  if (const auto* comparison = std::get_if<Node::Comparison>(&node.kind)) return comparison->component;
  if (const auto* prerelease = std::get_if<Node::Prerelease>(&node.kind)) return prerelease->component;
  return nullptr;
}

/// Walks only into what is unknown: a decided part needs no further fact.
void collect_missing(const Node& node, const Stack& stack, std::vector<std::string>& names) {
  if (node.evaluate(stack) != Truth::kUnknown) return;
  const auto each = [&](const std::vector<Node>& parts) {
    for (const Node& part : parts) collect_missing(part, stack, names);
  };
  std::visit(Overload{
                 [](const Node::Always&) {},
                 [&](const Node::InstanceIn&) { add_once(names, std::string("instance")); },
                 [&](const Node::Prerelease& test) { add_once(names, std::string(test.component->name)); },
                 [&](const Node::Comparison& test) { add_once(names, std::string(test.component->name)); },
                 [&](const Node::Not& negated) { collect_missing(*negated.inner, stack, names); },
                 [&](const Node::And& all) { each(all.parts); },
                 [&](const Node::Or& any) { each(any.parts); },
             },
             node.kind);
}

}  // namespace

Truth Condition::Node::evaluate(const Stack& stack) const {
  const auto values = [&](const std::vector<Node>& parts) {
    std::vector<Truth> list;
    for (const Node& part : parts) list.push_back(part.evaluate(stack));
    return list;
  };
  return std::visit(Overload{
                        [](const Always&) { return Truth::kTrue; },
                        [&](const InstanceIn& test) {
                          if (!stack.instance) return Truth::kUnknown;
                          const std::vector<std::string> sets = instance_sets(*stack.instance);
                          return truth(std::ranges::find_first_of(sets, test.names) != sets.end());
                        },
                        [&](const Prerelease& test) {
                          const auto& version = stack.*test.component->version;
                          return version ? truth(version->prerelease()) : Truth::kUnknown;
                        },
                        [&](const Comparison& test) {
                          const auto& version = stack.*test.component->version;
                          return version ? truth(test.holds(*version <=> test.bound)) : Truth::kUnknown;
                        },
                        [&](const Not& negated) {
                          const Truth inner = negated.inner->evaluate(stack);
                          return inner == Truth::kUnknown ? inner : truth(inner == Truth::kFalse);
                        },
                        [&](const And& all) { return std::ranges::min(values(all.parts)); },
                        [&](const Or& any) { return std::ranges::max(values(any.parts)); },
                    },
                    kind);
}

void Condition::Node::visit(const std::function<void(const Node&)>& look) const {
  look(*this);
  if (const auto* negated = std::get_if<Not>(&kind)) negated->inner->visit(look);
  if (const auto* all = std::get_if<And>(&kind)) {
    for (const Node& part : all->parts) part.visit(look);
  }
  if (const auto* any = std::get_if<Or>(&kind)) {
    for (const Node& part : any->parts) part.visit(look);
  }
}

Result<Condition> Condition::parse(std::string_view text) {
  Result<Node> root = parse_condition(text);
  if (!root) return Failure{root.error()};
  Condition condition;
  condition.text_ = text;
  condition.root_ = std::make_shared<const Node>(std::move(*root));
  return condition;
}

Truth Condition::evaluate(const Stack& stack) const { return root_->evaluate(stack); }

std::vector<std::string> Condition::missing(const Stack& stack) const {
  std::vector<std::string> names;
  collect_missing(*root_, stack, names);
  return names;
}

std::vector<const Component*> Condition::components() const {
  std::vector<const Component*> list;
  root_->visit([&](const Node& node) {
    if (const Component* component = component_of(node)) add_once(list, component);
  });
  return list;
}

std::vector<std::string> Condition::instance_names() const {
  std::vector<std::string> list;
  root_->visit([&](const Node& node) {
    if (const auto* test = std::get_if<Node::InstanceIn>(&node.kind)) {
      for (const std::string& name : test->names) add_once(list, name);
    }
  });
  return list;
}

}  // namespace trireme::catalog
