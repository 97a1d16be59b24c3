#pragma once

#include <deque>
#include <string>
#include <vector>

#include "trireme/config/option.h"
#include "trireme/config/origin.h"
#include "trireme/config/value.h"
#include "trireme/core/diagnostic.h"

namespace trireme::config {

/// A key that other tools write and that can mean only one thing here. Any other value is refused with
/// `reason`.
struct FixedKey {
  std::string section;
  std::string key;
  std::string name;  // dotted
  std::variant<bool, double, std::string> only;
  std::string reason;
};

struct Section {
  std::string name;  // empty: keys before the first section
  std::string help;
};

/// The options of one kind of file, in the order of its reference page. Holds pointers into the structs that
/// were described, which must outlive it.
class OptionSet {
 public:
  /// Options added from here on belong to `[name]`, which may have dots.
  void section(std::string name, std::string help);
  /// `name` within the section; dots make sub-tables. The target holds the default.
  Option& add(const std::string& name, Target target, std::string help);
  void add_fixed(const std::string& name, std::variant<bool, double, std::string> only, std::string reason);

  /// Assigns what `table` gives and reports the rest: unknown keys, wrong types, values out of range.
  void apply(const Table& table, Origins& origins, Diagnostics& diagnostics) const;
  /// Reports given options whose condition (Option::only_when) does not hold. Call after the last apply().
  void check_conditions(const Origins& origins, Diagnostics& diagnostics) const;

  /// Every option that applies, as TOML that apply() takes back; `skip` leaves options out.
  std::string dump_toml(const std::function<bool(const Option&)>& skip = {}) const;
  /// The options as a page of Markdown, one table a section.
  std::string reference_markdown() const;

  const std::vector<Section>& sections() const { return sections_; }
  const std::deque<Option>& options() const { return options_; }
  const std::vector<FixedKey>& fixed_keys() const { return fixed_; }
  const Option* find(const std::string& name) const;

 private:
  friend class Applier;
  std::string full_name(const std::string& name) const;

  std::vector<Section> sections_{{}};
  std::deque<Option> options_;  // add() hands out references
  std::vector<FixedKey> fixed_;
};

}  // namespace trireme::config
