#include "trireme/cloud/description/load.h"

#include <algorithm>

#include "trireme/cloud/description/check.h"
#include "trireme/cloud/description/describe.h"
#include "trireme/cloud/description/forms.h"
#include "trireme/config/toml.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

/// Files below a description; more is a loop or a maze.
constexpr size_t kMaxBases = 8;

using config::Member;
using config::Table;

Member* find(Table& table, const std::string& key) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Member& member) { return member.key == key; });
  return found == table.end() ? nullptr : &*found;
}

Table* find_table(Table& table, const std::string& key) {
  Member* member = find(table, key);
  return member == nullptr ? nullptr : std::get_if<Table>(&member->value.data);
}

/// Takes `base` out of the table. Empty when there is none.
std::string take_base(Table& table, Diagnostics& diagnostics) {
  const Member* member = find(table, "base");
  if (member == nullptr) return {};
  const auto* text = std::get_if<std::string>(&member->value.data);
  if (text == nullptr) {
    diagnostics.error("base", format("expected a file name, got {}", member->value.describe()), "",
                      member->value.where);
  }
  const std::string base = text == nullptr ? "" : *text;
  table.erase(table.begin() + (member - table.data()));
  return base;
}

/// The description and its bases, the lowest first.
std::vector<Table> read_layers(const std::string& text, const std::string& name, Diagnostics& diagnostics) {
  std::vector<Table> layers = {config::parse_toml(text, name, diagnostics)};
  fs::path folder = fs::path(name).parent_path();
  for (std::string base = take_base(layers[0], diagnostics); !base.empty(); base = take_base(layers[0], diagnostics)) {
    if (layers.size() > kMaxBases) {
      diagnostics.error("base", format("more than {} files below one another", kMaxBases), "look for a loop",
                        {name, 1, 1});
      break;
    }
    const fs::path path = folder / base;
    folder = path.parent_path();
    layers.insert(layers.begin(), config::parse_toml(read_file(path), path.string(), diagnostics));
  }
  return layers;
}

/// A capacity with a kind replaces the ones beneath: an id left over from another kind would make no sense.
void replace_capacities(std::vector<Table>& layers) {
  for (size_t upper = 1; upper < layers.size(); ++upper) {
    Table* groups = find_table(layers[upper], "nodes");
    if (groups == nullptr) continue;
    for (Member& group : *groups) {
      auto* keys = std::get_if<Table>(&group.value.data);
      Table* capacity = keys == nullptr ? nullptr : find_table(*keys, "capacity");
      if (capacity == nullptr || find(*capacity, "kind") == nullptr) continue;
      for (size_t lower = 0; lower < upper; ++lower) {
        Table* nodes = find_table(layers[lower], "nodes");
        Table* same = nodes == nullptr ? nullptr : find_table(*nodes, group.key);
        Member* old = same == nullptr ? nullptr : find(*same, "capacity");
        if (old != nullptr) same->erase(same->begin() + (old - same->data()));
      }
    }
  }
}

/// The members of `section` in all layers, each name once, in the order of the files.
std::vector<Member> parts_of(std::vector<Table>& layers, const std::string& section) {
  std::vector<Member> parts;
  for (Table& layer : layers) {
    const Table* table = find_table(layer, section);
    if (table == nullptr) continue;
    for (const Member& member : *table) {
      const bool known =
          std::any_of(parts.begin(), parts.end(), [&](const Member& part) { return part.key == member.key; });
      if (!known) parts.push_back(member);
    }
  }
  return parts;
}

/// Makes room for the parts that the layers name, so that they can be described.
void name_parts(std::vector<Table>& layers, LoadedCluster& loaded) {
  const auto name_all = [&](const std::string& section, auto& parts) {
    for (const Member& member : parts_of(layers, section)) {
      if (!is_part_name(member.key)) {
        loaded.diagnostics.error(section + "." + member.key, "is no name for a part",
                                 "use at most 25 small letters, digits and hyphens, starting with a letter",
                                 member.where);
      }
      parts.emplace_back().name = member.key;
    }
  };
  name_all("storage", loaded.cluster.storage);
  name_all("nodes", loaded.cluster.nodes);
  for (Table& layer : layers) {
    Table* cluster = find_table(layer, "cluster");
    const Table* tags = cluster == nullptr ? nullptr : find_table(*cluster, "tags");
    if (tags == nullptr) continue;
    for (const Member& tag : *tags) {
      if (tag.key.empty() || !is_tag_text(tag.key, 128) || tag.key.rfind("aws:", 0) == 0 ||
          tag.key.find('.') != std::string::npos) {
        loaded.diagnostics.error(
            "cluster.tags." + tag.key, "is no name for a tag",
            "use at most 128 letters, digits, spaces and + - = _ : / @, not starting with aws:", tag.where);
      }
      loaded.cluster.tags[tag.key];
    }
  }
}

}  // namespace

LoadedCluster load_cluster(const fs::path& path, const std::vector<std::string>& overrides) {
  return parse_cluster(read_file(path), path.string(), overrides);
}

LoadedCluster parse_cluster(const std::string& text, const std::string& name,
                            const std::vector<std::string>& overrides) {
  LoadedCluster loaded;
  std::vector<Table> layers = read_layers(text, name, loaded.diagnostics);
  for (const std::string& assignment : overrides) {
    layers.push_back(config::parse_override(assignment, loaded.diagnostics));
  }
  if (loaded.diagnostics.has_errors()) return loaded;
  replace_capacities(layers);
  name_parts(layers, loaded);
  if (loaded.diagnostics.has_errors()) return loaded;
  const config::OptionSet options = describe(loaded.cluster);
  for (const Table& layer : layers) options.apply(layer, loaded.origins, loaded.diagnostics);
  options.check_conditions(loaded.origins, loaded.diagnostics);
  check_options(loaded, name);
  return loaded;
}

bool is_cluster_file(const fs::path& path) {
  std::error_code unreadable;
  if (!fs::is_regular_file(path, unreadable)) return false;
  Diagnostics ignored;
  Table table = config::parse_toml(read_file(path), path.string(), ignored);
  const Member* base = find(table, "base");
  return find(table, "cluster") != nullptr || find(table, "nodes") != nullptr || base != nullptr;
}

}  // namespace trireme::cloud
