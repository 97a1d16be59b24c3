#include "trireme/config/toml.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "trireme/core/format.h"

namespace {
/// toml++ 3.3 asserts about a table whose name starts with what no key can, such as "[,train]". Its
/// assertions become exceptions, since bad input must not end the process; the packaged library has them
/// compiled in as abort().
constexpr void require(bool condition) {
  if (!condition) throw std::invalid_argument("a name starts with a character that no key can hold");
}
}  // namespace
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(expression) require(static_cast<bool>(expression))
#include <toml++/toml.h>

namespace trireme::config {

namespace {

// What no recipe or description reaches. A value takes two bytes of the file, but tens of bytes in lists that grow by
// doubling.
constexpr size_t kMaxListValues = 512;
constexpr size_t kMaxTableKeys = 256;
constexpr size_t kMaxCommas = 10'000;  // before the library makes its own lists

/// Whether there are no more than `most`; more are reported.
bool check_count(size_t count, size_t most, const char* of, const SourceLocation& where, Diagnostics& diagnostics) {
  if (count <= most) return true;
  diagnostics.error({}, format("holds {} {}, more than {}", count, of, most),
                    "recipes and descriptions have shorter ones", where);
  return false;
}

SourceLocation location(const std::string& name, const toml::source_region& region) {
  return {name, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

std::string kind_of(toml::node_type type) {
  switch (type) {
    case toml::node_type::date: return "date";
    case toml::node_type::time: return "time";
    default: return "date and time";
  }
}

/// The library's tree as ours.
class Converter {
 public:
  Converter(const std::string& name, Diagnostics& diagnostics) : name_(name), diagnostics_(diagnostics) {}

  Table convert(const toml::table& table) {
    Table members;
    if (!check_count(table.size(), kMaxTableKeys, "keys", place(table.source()), diagnostics_)) return members;
    members.reserve(table.size());
    for (const auto& [key, node] : table) {
      members.push_back({std::string(key.str()), place(key.source()), convert(node)});
    }
    sort_by_place(members);
    return members;
  }

 private:
  SourceLocation place(const toml::source_region& region) const { return location(name_, region); }

  Array convert(const toml::array& array) {
    Array items;
    if (!check_count(array.size(), kMaxListValues, "values", place(array.source()), diagnostics_)) return items;
    items.reserve(array.size());
    for (const toml::node& item : array) items.push_back(convert(item));
    return items;
  }

  Value convert(const toml::node& node) {
    const SourceLocation where = place(node.source());
    switch (node.type()) {
      case toml::node_type::boolean: return {node.as_boolean()->get(), where, {}};
      case toml::node_type::integer: return {node.as_integer()->get(), where, {}};
      case toml::node_type::floating_point: return {node.as_floating_point()->get(), where, {}};
      case toml::node_type::string: return {node.as_string()->get(), where, {}};
      case toml::node_type::table: return {convert(*node.as_table()), where, {}};
      case toml::node_type::array: return {convert(*node.as_array()), where, {}};
      default: return {OtherValue{kind_of(node.type())}, where, {}};
    }
  }

  /// toml++ sorts keys; problems should come in the order of the file.
  static void sort_by_place(Table& table) {
    std::stable_sort(table.begin(), table.end(), [](const Member& a, const Member& b) {
      return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
    });
  }

  const std::string& name_;
  Diagnostics& diagnostics_;
};

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

/// The value of a `--set` as TOML, or nothing when it is none.
std::optional<Value> toml_value(const std::string& text, Diagnostics& problems) {
  if (text.find('\n') != std::string::npos) return std::nullopt;
  Table table = parse_toml("value = " + text, "", problems);
  if (problems.has_errors() || table.size() != 1) return std::nullopt;
  return std::move(table[0].value);
}

void relocate(Value& value, const SourceLocation& where) {
  value.where = where;
  if (auto* array = std::get_if<Array>(&value.data)) {
    for (Value& item : *array) relocate(item, where);
  }
  if (auto* table = std::get_if<Table>(&value.data)) {
    for (Member& member : *table) {
      member.where = where;
      relocate(member.value, where);
    }
  }
}

bool is_key_name(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !text.empty() && text.find_first_not_of(kLetters) == std::string_view::npos;
}

std::vector<std::string> split_key(const std::string& key) {
  std::vector<std::string> parts(1);
  for (const char letter : key) {
    if (letter == '.') {
      parts.emplace_back();
    } else {
      parts.back() += letter;
    }
  }
  return parts;
}

/// Where a table's name starts with what no key can; toml++ does not say (see require() above).
SourceLocation bad_table_name(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const size_t bracket = line.find_first_not_of(" \t");
    if (bracket == std::string::npos || line[bracket] != '[') continue;
    const size_t at = line.find_first_not_of("[ \t", bracket);
    if (at == std::string::npos || line[at] == '"' || line[at] == '\'' || is_key_name(line.substr(at, 1))) continue;
    return {name, number, static_cast<int>(at) + 1};
  }
  return {name, 0, 0};
}

}  // namespace

Table parse_toml(const std::string& text, const std::string& name, Diagnostics& diagnostics) {
  const auto commas = static_cast<size_t>(std::count(text.begin(), text.end(), ','));
  if (!check_count(commas, kMaxCommas, "commas", {name, 0, 0}, diagnostics)) return {};
  Diagnostics problems;
  try {
    Table table = Converter(name, problems).convert(toml::parse(text));
    diagnostics.append(problems);
    return problems.has_errors() ? Table{} : table;
  } catch (const toml::parse_error& problem) {
    diagnostics.error({}, format("not valid TOML: {}", problem.description()), {}, location(name, problem.source()));
  } catch (const std::invalid_argument& problem) {
    diagnostics.error({}, format("not valid TOML: {}", problem.what()), {}, bad_table_name(text, name));
  }
  return {};
}

Table parse_override(const std::string& text, Diagnostics& diagnostics) {
  const size_t equals = text.find('=');
  const std::string key = trimmed(std::string_view(text).substr(0, equals));
  const SourceLocation where{"--set " + (equals == std::string::npos ? text : key), 0, 0};
  const std::vector<std::string> parts = split_key(key);
  const bool named = std::all_of(parts.begin(), parts.end(), is_key_name);
  if (equals == std::string::npos || !named) {
    diagnostics.error({}, "expected section.key=value", "for example --set train.steps=200", where);
    return {};
  }
  const std::string value_text = trimmed(std::string_view(text).substr(equals + 1));
  Diagnostics problems;
  std::optional<Value> value = toml_value(value_text, problems);
  if (!value && !value_text.empty() && std::string_view("[{\"'").find(value_text[0]) != std::string_view::npos) {
    const std::string reason = problems.empty() ? "one line only" : problems.items()[0].message;
    diagnostics.error(key, reason, "quote the whole option for the shell", where);
    return {};
  }
  if (!value) value = Value{value_text, where, {}};
  relocate(*value, where);
  value->unquoted = value_text;
  for (size_t i = parts.size() - 1; i > 0; --i) {
    value = Value{Table{{parts[i], where, std::move(*value)}}, where, {}};
  }
  return {{parts[0], where, std::move(*value)}};
}

}  // namespace trireme::config
