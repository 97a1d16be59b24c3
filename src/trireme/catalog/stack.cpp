#include "trireme/catalog/stack.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/core/diagnostic.h"

namespace trireme::catalog {

namespace {

constexpr const char* kEfa = "efa";

Table families() { return Table::read(facts_folder() / "efa_families.tsv"); }

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> list;
  for (std::string word; in >> word;) list.push_back(word);
  return list;
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool looks_like_a_type(std::string_view type) {
  const size_t point = type.find('.');
  const auto plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  };
  const auto named = [&](std::string_view part) { return !part.empty() && std::ranges::all_of(part, plain); };
  return point != std::string_view::npos && named(type.substr(0, point)) && named(type.substr(point + 1));
}

Failure unknown_family(std::string_view family, const Table& table) {
  std::vector<std::string> names;
  std::string list;
  for (size_t row = 0; row < table.size(); ++row) {
    names.push_back(table.text(row, "family"));
    list += (row == 0 ? "" : ", ") + names.back();
  }
  const std::string near = nearest_name(family, names);
  const std::string suggestion = near.empty() ? "" : format("; did you mean \"{}\"?", near);
  return {format("no EFA facts about the instance family \"{}\"{} (known: {})", family, suggestion, list)};
}

}  // namespace

bool Instance::in(std::string_view set) const { return contains(sets, set); }

Result<Instance> find_instance(std::string_view type) {
  if (type.starts_with("ml.")) type.remove_prefix(3);
  if (!looks_like_a_type(type)) {
    return Failure{format("\"{}\" is no instance type; one looks like p5.48xlarge", type)};
  }
  const std::string family(type.substr(0, type.find('.')));
  const Table table = families();
  for (size_t row = 0; row < table.size(); ++row) {
    if (table.text(row, "family") != family) continue;
    Instance instance{std::string(type), family, words(table.text(row, "sets")), {}};
    instance.sets.push_back(family);
    if (const std::string& sizes = table.text(row, "efa_sizes"); sizes != "none") instance.efa_sizes = words(sizes);
    if (contains(instance.efa_sizes, type.substr(family.size() + 1))) instance.sets.emplace_back(kEfa);
    return instance;
  }
  return unknown_family(family, table);
}

std::vector<std::string> instance_sets() {
  std::set<std::string> names = {kEfa};
  const Table table = families();
  for (size_t row = 0; row < table.size(); ++row) {
    names.insert(table.text(row, "family"));
    for (std::string& set : words(table.text(row, "sets"))) names.insert(std::move(set));
  }
  return {names.begin(), names.end()};
}

}  // namespace trireme::catalog
