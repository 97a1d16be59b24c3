#include "trireme/catalog/region.h"

#include <algorithm>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/core/diagnostic.h"
#include "trireme/core/error.h"

namespace trireme::catalog {

const std::vector<Region>& regions() {
  static const std::vector<Region> all = [] {
    const Table table = Table::read(facts_folder() / "regions.tsv");
    std::vector<Region> rows;
    for (size_t row = 0; row < table.size(); ++row) {
      rows.push_back({.name = table.text(row, "region"),
                      .partition = table.text(row, "partition"),
                      .dns_suffix = table.text(row, "dns_suffix"),
                      .description = table.text(row, "name")});
    }
    return rows;
  }();
  return all;
}

const Region* find_region(std::string_view name) {
  const auto& all = regions();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Region& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const Region& region(std::string_view name) {
  if (const Region* found = find_region(name)) return *found;
  std::vector<std::string> names;
  std::string list;
  for (const Region& known : regions()) {
    names.push_back(known.name);
    list += (list.empty() ? "" : ", ") + known.name;
  }
  const std::string near = nearest_name(name, names);
  if (!near.empty()) throw ConfigError(format("no region \"{}\"; did you mean \"{}\"?", name, near));
  throw ConfigError(format("no region \"{}\"; known are {}", name, list));
}

std::vector<std::string> zones(std::string_view region) {
  static const Table table = Table::read(facts_folder() / "zones.tsv");
  for (size_t row = 0; row < table.size(); ++row) {
    if (table.text(row, "region") == region) return table.list(row, "zones");
  }
  return {};
}

std::vector<Offering> offerings(std::string_view type) {
  static const Table table = Table::read(facts_folder() / "instance_zones.tsv");
  std::vector<Offering> found;
  for (size_t row = 0; row < table.size(); ++row) {
    if (table.text(row, "type") == type) found.push_back({table.text(row, "region"), table.list(row, "zones")});
  }
  return found;
}

}  // namespace trireme::catalog
