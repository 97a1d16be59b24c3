#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/catalog/stack.h"
#include "trireme/core/result.h"

namespace trireme::catalog {

enum class Truth { kFalse, kUnknown, kTrue };

/// A condition over a Stack, as the tables of rules write it:
///
///   condition   = all { "or" all }
///   all         = one { "and" one }
///   one         = "not" one | "(" condition ")" | "always"
///               | "instance" "in" name { "," name }     a family or set: instance_sets()
///               | component "is" "prerelease"
///               | component ( "<" | "<=" | "==" | ">=" | ">" ) version
///   component   = a name of kComponents
///
/// It is three-valued (Kleene): what compares a version that is not known is unknown, and stays so unless the rest
/// decides.
class Condition {
 public:
  struct Node;

  /// The failure names the text and where it stops making sense.
  static Result<Condition> parse(std::string_view text);

  Truth evaluate(const Stack& stack) const;
  /// What must be known to decide it: "instance" and names of components. Empty when it is decided.
  std::vector<std::string> missing(const Stack& stack) const;
  /// Components that it compares, in order of appearance.
  std::vector<const Component*> components() const;
  /// Names after `instance in`.
  std::vector<std::string> instance_names() const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::shared_ptr<const Node> root_;
};

}  // namespace trireme::catalog
