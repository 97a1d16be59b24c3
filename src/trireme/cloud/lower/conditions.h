#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trireme/config/value.h"

namespace trireme::cloud {

/// Values of parameters and of pseudo parameters.
using Assignment = std::map<std::string, std::string>;

/// The Conditions of a template, over every way that its parameters can be set. Three-valued: what depends on anything
/// else (a mapping, another list) is unknown.
class Conditions {
 public:
  /// Both must outlive this. `given` fixes parameters.
  Conditions(const config::Table& root, const Assignment& given);

  bool known(const std::string& name) const;
  std::optional<bool> evaluate(const std::string& name, const Assignment& assignment) const;

  /// A condition and what it must be.
  using Guard = std::pair<std::string, bool>;
  /// Parameters for which all `guards` hold and `condition` does not, as "Name=value, …"; empty when there are none, or
  /// it can't be told.
  std::string counterexample(const std::vector<Guard>& guards, const std::string& condition) const;
  /// The only parameter that a condition depends on; empty otherwise.
  std::string only_parameter(const std::string& name) const;

 private:
  struct Axis {
    std::string parameter;
    std::vector<std::string> values;
  };
  std::optional<bool> evaluate(const config::Value& value, const Assignment& assignment, int depth) const;
  std::optional<std::string> operand(const config::Value& value, const Assignment& assignment) const;
  void collect(const config::Value& value, std::map<std::string, std::vector<std::string>>& compared, int depth) const;
  std::vector<Axis> axes(const std::vector<std::string>& names) const;

  const config::Table* conditions_;
  const config::Table* parameters_;
  const Assignment& given_;
};

}  // namespace trireme::cloud
