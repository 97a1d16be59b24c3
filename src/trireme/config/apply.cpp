#include <algorithm>
#include <optional>

#include "trireme/config/option_set.h"
#include "trireme/core/format.h"

namespace trireme::config {

namespace {

/// A value as the type of a target, or nothing when it is of another type. An integer stands for a float, one
/// string for a list of one, and the text of a `--set` for a string.
struct Converter {
  const Value& value;

  std::optional<Scalar> operator()(bool*) const { return exactly<bool>(); }
  std::optional<Scalar> operator()(int64_t*) const { return exactly<int64_t>(); }
  std::optional<Scalar> operator()(uint64_t*) const {
    const auto* number = std::get_if<int64_t>(&value.data);
    if (number == nullptr || *number < 0) return std::nullopt;
    return static_cast<uint64_t>(*number);
  }
  std::optional<Scalar> operator()(double*) const {
    if (const auto* number = std::get_if<int64_t>(&value.data)) return static_cast<double>(*number);
    return exactly<double>();
  }
  std::optional<Scalar> operator()(std::string*) const {
    const bool quoted = std::holds_alternative<std::string>(value.data);
    const bool nested = std::holds_alternative<Array>(value.data) || std::holds_alternative<Table>(value.data);
    if (!quoted && !nested && !value.unquoted.empty()) return value.unquoted;
    return exactly<std::string>();
  }
  std::optional<Scalar> operator()(std::vector<std::string>*) const {
    if (const auto* text = std::get_if<std::string>(&value.data)) return std::vector<std::string>{*text};
    const auto* array = std::get_if<Array>(&value.data);
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> items;
    for (const Value& item : *array) {
      const auto* text = std::get_if<std::string>(&item.data);
      if (text == nullptr) return std::nullopt;
      items.push_back(*text);
    }
    return items;
  }

  template <class T>
  std::optional<Scalar> exactly() const {
    const auto* same = std::get_if<T>(&value.data);
    return same == nullptr ? std::nullopt : std::optional<Scalar>(*same);
  }
};

std::string describe(const Value& value) {
  const auto* array = std::get_if<Array>(&value.data);
  if (array == nullptr) return value.describe();
  for (const Value& item : *array) {
    if (!std::holds_alternative<std::string>(item.data)) return "an array that holds " + item.describe();
  }
  return value.describe();
}

bool equals(const Value& value, const std::variant<bool, double, std::string>& only) {
  if (const auto* number = std::get_if<double>(&only)) {
    const auto* integer = std::get_if<int64_t>(&value.data);
    const auto* floating = std::get_if<double>(&value.data);
    return (integer && static_cast<double>(*integer) == *number) || (floating && *floating == *number);
  }
  if (const auto* flag = std::get_if<bool>(&only)) {
    const auto* given = std::get_if<bool>(&value.data);
    return given && *given == *flag;
  }
  const auto* given = std::get_if<std::string>(&value.data);
  return given && *given == std::get<std::string>(only);
}

}  // namespace

/// One walk over a table, against the options of a set.
class Applier {
 public:
  Applier(const OptionSet& set, Origins& origins, Diagnostics& diagnostics)
      : set_(set), origins_(origins), diagnostics_(diagnostics) {}

  void walk(const Table& table, const std::string& prefix) {
    for (const Member& member : table) visit(member, prefix.empty() ? member.key : prefix + "." + member.key);
  }

 private:
  void visit(const Member& member, const std::string& name) {
    // A dot inside a quoted key must not look like a sub-table.
    if (member.key.find('.') != std::string::npos) return report_unknown(member, name);
    if (const Option* option = set_.find(name)) return assign(*option, member.value);
    for (const FixedKey& fixed : set_.fixed_) {
      if (fixed.name == name) return check_fixed(fixed, member.value);
    }
    if (siblings(name).empty()) return report_unknown(member, name);
    const auto* table = std::get_if<Table>(&member.value.data);
    if (table != nullptr) return walk(*table, name);
    diagnostics_.error(name, format("expected a table, got {}", describe(member.value)), "write [" + name + "]",
                       member.value.where);
  }

  void assign(const Option& option, const Value& value) {
    const std::optional<Scalar> scalar = std::visit(Converter{value}, option.target());
    if (!scalar) return report_type(option, value);
    const std::string problem = option.problem_with(*scalar);
    if (!problem.empty()) return diagnostics_.error(option.name(), problem, option.help(), value.where);
    option.assign(*scalar);
    origins_[option.name()] = value.where;
  }

  void report_type(const Option& option, const Value& value) {
    const auto* number = std::get_if<int64_t>(&value.data);
    if (number != nullptr && option.type_name() == "integer") {
      return diagnostics_.error(option.name(), format("must be {}, got {}", option.range_text(), *number),
                                option.help(), value.where);
    }
    const std::string article = option.type_name() == "integer" ? "an " : "a ";
    diagnostics_.error(option.name(), format("expected {}{}, got {}", article, option.type_name(), describe(value)),
                       option.help(), value.where);
  }

  void check_fixed(const FixedKey& fixed, const Value& value) {
    if (equals(value, fixed.only)) return;
    diagnostics_.error(fixed.name, format("{}, got {}", fixed.reason, describe(value)), "remove it", value.where);
  }

  void report_unknown(const Member& member, const std::string& name) {
    const bool section = std::holds_alternative<Table>(member.value.data) && name.find('.') == std::string::npos;
    const size_t dot = name.size() - member.key.size();
    const std::string parent = dot > 0 ? name.substr(0, dot - 1) : "";
    const std::vector<std::string> known = siblings(parent);
    const std::string near = nearest_name(member.key, known);
    std::string hint = near.empty() ? elsewhere(member.key) : format("did you mean \"{}\"?", near);
    if (hint.empty()) hint = format("known here: {}", list(known));
    diagnostics_.error(name, section ? "unknown section" : "unknown key", hint, member.where);
  }

  /// Names of keys and tables directly below `parent`.
  std::vector<std::string> siblings(const std::string& parent) const {
    const std::string prefix = parent.empty() ? "" : parent + ".";
    std::vector<std::string> names;
    const auto collect = [&](const std::string& name) {
      if (name.compare(0, prefix.size(), prefix) != 0) return;
      const std::string rest = name.substr(prefix.size());
      const std::string first = rest.substr(0, rest.find('.'));
      if (std::find(names.begin(), names.end(), first) == names.end()) names.push_back(first);
    };
    for (const Option& option : set_.options_) collect(option.name());
    for (const FixedKey& fixed : set_.fixed_) collect(fixed.name);
    return names;
  }

  /// "it belongs in [train]", when a key of that very name exists in another section.
  std::string elsewhere(const std::string& key) const {
    for (const Option& option : set_.options_) {
      if (option.key() == key && !option.section().empty()) return format("it belongs in [{}]", option.section());
    }
    return {};
  }

  static std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  }

  const OptionSet& set_;
  Origins& origins_;
  Diagnostics& diagnostics_;
};

void OptionSet::apply(const Table& table, Origins& origins, Diagnostics& diagnostics) const {
  Applier(*this, origins, diagnostics).walk(table, "");
}

}  // namespace trireme::config
