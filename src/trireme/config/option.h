#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace trireme::config {

/// The variable an option fills, which holds its default until then.
using Target = std::variant<bool*, int64_t*, uint64_t*, double*, std::string*, std::vector<std::string>*>;

/// A copy of a target's value.
using Scalar = std::variant<bool, int64_t, uint64_t, double, std::string, std::vector<std::string>>;

/// The end of a range of numbers.
struct Limit {
  double value = 0;
  bool open = false;  // the value itself is outside
};

/// One option: everything that parsing, validation, the dump and the reference page need to know.
class Option {
 public:
  /// `section` may be empty, or dotted itself: "storage.fsx".
  Option(std::string section, std::string key, Target target, std::string help);

  // Refinements, chained where the option is declared. Limits are inclusive unless they say otherwise.
  Option& at_least(double limit) { return minimum_ = {limit}, *this; }
  Option& at_most(double limit) { return maximum_ = {limit}, *this; }
  Option& between(double low, double high) { return at_least(low).at_most(high); }
  Option& above(double limit) { return minimum_ = {limit, /*open=*/true}, *this; }
  Option& below(double limit) { return maximum_ = {limit, /*open=*/true}, *this; }
  Option& unit(std::string unit) { return unit_ = std::move(unit), *this; }
  /// Text, or each text of a list, must satisfy `holds`; `form` says what that is in words: "a zone id such as
  /// use2-az3". A default is not judged.
  Option& form(std::string form, std::function<bool(const std::string&)> holds);
  Option& choices(std::vector<std::string> names) { return choices_ = std::move(names), *this; }
  /// The option may be given, and is dumped, only while `holds`; `condition` says when in words.
  Option& only_when(std::string condition, std::function<bool()> holds);

  const std::string& name() const { return name_; }  // dotted: "train.steps"
  const std::string& section() const { return section_; }
  const std::string& key() const { return key_; }  // the name within its section
  const std::string& help() const { return help_; }
  const std::string& unit() const { return unit_; }
  const std::optional<Limit>& minimum() const { return minimum_; }
  const std::optional<Limit>& maximum() const { return maximum_; }
  const std::vector<std::string>& choices() const { return choices_; }
  const std::string& condition() const { return condition_; }
  const Target& target() const { return target_; }
  bool applies() const { return !holds_ || holds_(); }

  /// "integer", "boolean", "float", "string", "list of strings".
  std::string type_name() const;
  /// "at least 1", "between 0 and 1", "one of adamw, sgd"; empty when any value of the type will do.
  std::string range_text() const;
  /// What is wrong with a value of the right type; empty when nothing is.
  std::string problem_with(const Scalar& value) const;
  Scalar value() const;
  void assign(const Scalar& value) const;
  /// The value as TOML.
  std::string value_text() const;

 private:
  std::string problem_with_number(double value) const;
  std::string problem_with_text(const std::string& text) const;

  std::string section_;
  std::string key_;
  std::string name_;
  Target target_;
  std::string help_;
  std::string unit_;
  std::optional<Limit> minimum_;
  std::optional<Limit> maximum_;
  std::vector<std::string> choices_;
  std::string form_;
  std::function<bool(const std::string&)> has_form_;
  std::string condition_;
  std::function<bool()> holds_;
};

}  // namespace trireme::config
