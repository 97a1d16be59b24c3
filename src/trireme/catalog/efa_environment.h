#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/catalog/condition.h"
#include "trireme/catalog/finding.h"

namespace trireme::catalog {

/// What to do about one variable.
struct Advice {
  enum class State { kSet, kUnset, kUndecided };

  std::string variable;  // "RDMAV_*": every variable of that prefix
  State state = State::kUndecided;
  std::string value;   // of kSet
  std::string reason;  // one sentence; when undecided, which values are possible and when
  std::string source;
  std::vector<std::string> missing;  // when undecided: "instance" and names of components that would decide
};

/// What setting a variable otherwise than advised does.
enum class WrongEffect { kBreaks, kHarmful, kSlower, kStale, kHarmless, kNoEffect };

/// The rules of facts/efa_variables.tsv about the environment of programs that use EFA and NCCL.
class EfaEnvironment {
 public:
  /// Throws IoError or FormatError, naming the row, when the table can't be read.
  static EfaEnvironment load();

  /// One entry a variable, in the table's order. What depends on a version that is not known is undecided, unless every
  /// outcome advises the same.
  std::vector<Advice> advise(const Stack& stack) const;

  /// Is it a mistake that a file sets `name` to `value`? Empty: no, or the table has no rule about that variable. When
  /// the stack does not decide, the finding is at most a warning and says where the setting is needed. Words are
  /// compared without regard to case; a value that only the running script knows is not to be judged.
  std::optional<Finding> judge(const Stack& stack, std::string_view name, std::string_view value) const;

 private:
  struct Rule {
    Condition when;
    std::optional<std::string> value;  // empty: must stay unset
    WrongEffect wrong = WrongEffect::kHarmless;
    std::vector<std::string> accept;
    std::string reason, remedy, source;

    bool accepts(std::string_view given) const;
  };
  struct Variable {
    std::string name;
    std::vector<Rule> rules;  // the last one always holds

    bool matches(std::string_view other) const;
  };
  /// `decided` holds, unless one of `possible`, whose conditions are unknown and whose values differ, does.
  struct Outcome {
    const Rule* decided = nullptr;
    std::vector<const Rule*> possible;
  };

  static Outcome outcome_of(const Variable& variable, const Stack& stack);
  static Advice advice_on(const Variable& variable, const Stack& stack);

  std::vector<Variable> variables_;
};

}  // namespace trireme::catalog
