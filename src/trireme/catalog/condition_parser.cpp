#include <algorithm>
#include <cctype>

#include "trireme/catalog/condition_node.h"
#include "trireme/core/error.h"

namespace trireme::catalog {

namespace {

using Node = Condition::Node;

struct Operator {
  std::string_view sign;
  bool (*holds)(std::strong_ordering);
};

constexpr Operator kOperators[] = {
    {"<", [](std::strong_ordering order) { return order < 0; }},
    {"<=", [](std::strong_ordering order) { return order <= 0; }},
    {"==", [](std::strong_ordering order) { return order == 0; }},
    {">=", [](std::strong_ordering order) { return order >= 0; }},
    {">", [](std::strong_ordering order) { return order > 0; }},
};

bool is_name(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) || letter == '-' || letter == '.' || letter == '_';
}
bool is_sign(char letter) { return letter == '<' || letter == '>' || letter == '=' || letter == '!'; }

std::vector<std::string_view> tokens_of(std::string_view text) {
  std::vector<std::string_view> tokens;
  size_t at = 0;
  const auto take = [&](bool (*belongs)(char)) {
    const size_t start = at;
    while (at < text.size() && belongs(text[at])) ++at;
    tokens.push_back(text.substr(start, at - start));
  };
  while (at < text.size()) {
    if (text[at] == ' ') {
      ++at;
    } else if (is_name(text[at])) {
      take(is_name);
    } else if (is_sign(text[at])) {
      take(is_sign);
    } else {
      tokens.push_back(text.substr(at++, 1));
    }
  }
  return tokens;
}

/// Recursive descent; a Failure travels as an exception inside this file only.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tokens_(tokens_of(text)) {}

  Node whole() {
    Node node = any();
    if (next_ != tokens_.size()) fail("\"and\", \"or\" or the end");
    return node;
  }

 private:
  static constexpr int kDeepest = 50;

  [[noreturn]] void fail(std::string_view wanted) const {
    const std::string found = next_ < tokens_.size() ? format("\"{}\"", tokens_[next_]) : "the end";
    throw FormatError(format("condition \"{}\": expected {}, found {}", text_, wanted, found));
  }

  bool accept(std::string_view token) {
    if (next_ == tokens_.size() || tokens_[next_] != token) return false;
    ++next_;
    return true;
  }

  std::string_view name(std::string_view wanted) {
    if (next_ == tokens_.size() || !is_name(tokens_[next_][0])) fail(wanted);
    return tokens_[next_++];
  }

  template <class Joined>
  Node joined(std::string_view word, Node (Parser::*part)()) {
    std::vector<Node> parts;
    do parts.push_back((this->*part)());
    while (accept(word));
    if (parts.size() == 1) return std::move(parts[0]);
    return {Joined{std::move(parts)}};
  }

  Node any() { return joined<Node::Or>("or", &Parser::all); }
  Node all() { return joined<Node::And>("and", &Parser::one); }

  Node one() {
    if (++depth_ > kDeepest) fail("fewer brackets");
    Node node = simple();
    --depth_;
    return node;
  }

  Node simple() {
    if (accept("not")) return {Node::Not{std::make_shared<const Node>(one())}};
    if (accept("always")) return {Node::Always{}};
    if (accept("instance")) return instance_in();
    if (accept("(")) {
      Node inner = any();
      if (!accept(")")) fail("\")\"");
      return inner;
    }
    const Component* component = this->component();
    if (!accept("is")) return comparison(component);
    if (!accept("prerelease")) fail("\"prerelease\"");
    return {Node::Prerelease{component}};
  }

  Node instance_in() {
    if (!accept("in")) fail("\"in\"");
    Node::InstanceIn test;
    do test.names.emplace_back(name("a family or set"));
    while (accept(","));
    return {std::move(test)};
  }

  const Component* component() {
    for (const Component& component : kComponents) {
      if (accept(component.name)) return &component;
    }
    std::string list;
    for (const Component& component : kComponents) list += format(", {}", component.name);
    fail("not, always, instance" + list);
  }

  Node comparison(const Component* component) {
    for (const Operator& candidate : kOperators) {
      if (!accept(candidate.sign)) continue;
      Result<Version> bound = Version::parse(name("a version"));
      if (bound) return {Node::Comparison{component, candidate.holds, std::move(*bound)}};
      --next_;
      fail("a version");
    }
    fail("<, <=, ==, >=, > or is");
  }

  std::string_view text_;
  std::vector<std::string_view> tokens_;
  size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<Node> parse_condition(std::string_view text) {
  try {
    return Parser(text).whole();
  } catch (const FormatError& problem) {
    return Failure{problem.what()};
  }
}

}  // namespace trireme::catalog
