#include "trireme/cloud/description/layers.h"

#include <algorithm>
#include <optional>

#include "trireme/config/toml.h"
#include "trireme/core/file.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

using config::Member;
using config::Table;

constexpr size_t kMaxBases = 8;
constexpr size_t kMaxBytes = size_t{1} << 20;

Table parse(const std::string& text, const std::string& name, Diagnostics& diagnostics) {
  if (text.size() <= kMaxBytes) return config::parse_toml(text, name, diagnostics);
  diagnostics.error({},
                    format("{} are too much for a description: at most {}",
                           format_bytes(static_cast<double>(text.size())), format_bytes(kMaxBytes)),
                    "is it the right file?", {name, 1, 1});
  return {};
}

struct Base {
  std::string file;
  SourceLocation where;
};

/// Takes `base` out of the table.
std::optional<Base> take_base(Table& table, Diagnostics& diagnostics) {
  Member* member = find_member(table, "base");
  if (member == nullptr) return std::nullopt;
  const config::Value value = std::move(member->value);
  table.erase(table.begin() + (member - table.data()));
  const auto* file = std::get_if<std::string>(&value.data);
  if (file != nullptr) return file->empty() ? std::nullopt : std::optional(Base{*file, value.where});
  diagnostics.error("base", format("expected a file name, got {}", value.describe()), "write base = \"llama.toml\"",
                    value.where);
  return std::nullopt;
}

/// "a.toml, b.toml, a.toml"
std::string chain_text(const std::vector<fs::path>& chain, const fs::path& last) {
  std::string text;
  for (const fs::path& path : chain) text += path.string() + ", ";
  return text + last.string();
}

/// Why `path` can't be the next file of `chain`, and what to do; empty when it can.
std::pair<std::string, std::string> problem_with_base(const std::vector<fs::path>& chain, const fs::path& path) {
  std::error_code absent;
  if (!fs::is_regular_file(path, absent)) {
    return {format("there is no file {}", path.string()), "a base is found beside the file that names it"};
  }
  const bool loop = std::any_of(chain.begin(), chain.end(),
                                [&](const fs::path& other) { return fs::equivalent(other, path, absent); });
  if (loop) return {"is a loop: " + chain_text(chain, path), "remove one of them"};
  if (chain.size() > kMaxBases) {
    return {format("more than {} files beneath one another: {}", kMaxBases, chain_text(chain, path)),
            "write out what the lowest say"};
  }
  return {};
}

}  // namespace

Member* find_member(Table& table, const std::string& key) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Member& member) { return member.key == key; });
  return found == table.end() ? nullptr : &*found;
}

Table* find_table(Table& table, const std::string& key) {
  Member* member = find_member(table, key);
  return member == nullptr ? nullptr : std::get_if<Table>(&member->value.data);
}

Layers read_layers(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
                   Diagnostics& diagnostics) {
  Layers layers;
  layers.files = {parse(text, name, diagnostics)};
  std::vector<fs::path> chain = {name};
  while (const std::optional<Base> base = take_base(layers.files.front(), diagnostics)) {
    const fs::path path = (chain.back().parent_path() / base->file).lexically_normal();
    const auto [problem, hint] = problem_with_base(chain, path);
    if (!problem.empty()) {
      diagnostics.error("base", problem, hint, base->where);
      break;
    }
    chain.push_back(path);
    layers.files.insert(layers.files.begin(), parse(read_file(path), path.string(), diagnostics));
  }
  for (const std::string& assignment : overrides) {
    layers.overrides.push_back(config::parse_override(assignment, diagnostics));
    if (const Member* base = find_member(layers.overrides.back(), "base")) {
      diagnostics.error("base", "belongs in a file", "write a file with this base", base->where);
      layers.overrides.pop_back();
    }
  }
  return layers;
}

namespace {

/// Capacities of the table by group.
Table* capacity_of(Table& layer, const std::string& group) {
  Table* nodes = find_table(layer, "nodes");
  Table* keys = nodes == nullptr ? nullptr : find_table(*nodes, group);
  return keys == nullptr ? nullptr : find_table(*keys, "capacity");
}

/// Groups whose capacity the layer gives with a kind.
std::vector<std::string> groups_with_kind(Table& layer) {
  std::vector<std::string> groups;
  const Table* nodes = find_table(layer, "nodes");
  if (nodes == nullptr) return groups;
  for (const Member& group : *nodes) {
    Table* capacity = capacity_of(layer, group.key);
    if (capacity != nullptr && find_member(*capacity, "kind") != nullptr) groups.push_back(group.key);
  }
  return groups;
}

}  // namespace

void replace_capacities(Layers& layers) {
  const auto drop_below = [&](Table& layer, size_t below) {
    for (const std::string& group : groups_with_kind(layer)) {
      for (size_t lower = 0; lower < below; ++lower) {
        if (Table* capacity = capacity_of(layers.files[lower], group)) capacity->clear();
      }
    }
  };
  for (size_t upper = 0; upper < layers.files.size(); ++upper) drop_below(layers.files[upper], upper);
  for (Table& layer : layers.overrides) drop_below(layer, layers.files.size());
}

}  // namespace trireme::cloud
