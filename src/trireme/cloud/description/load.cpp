#include "trireme/cloud/description/load.h"

#include <algorithm>

#include "trireme/cloud/description/check.h"
#include "trireme/cloud/description/describe.h"
#include "trireme/cloud/description/forms.h"
#include "trireme/cloud/description/layers.h"
#include "trireme/config/toml.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

using config::Member;
using config::Table;

/// Makes room for the parts and tags that the layers name, so that they can be described.
class Namer {
 public:
  Namer(Layers& layers, LoadedCluster& loaded) : layers_(layers), loaded_(loaded) {}

  void name_all() {
    name_parts("storage", loaded_.cluster.storage);
    name_parts("nodes", loaded_.cluster.nodes);
    for (std::vector<Table>* layers : {&layers_.files, &layers_.overrides}) {
      for (Table& layer : *layers) {
        name_tags(layer);
        drop_empty(layer, "storage");
        drop_empty(layer, "nodes");
        if (Table* cluster = find_table(layer, "cluster")) drop_empty(*cluster, "tags");
      }
    }
  }

 private:
  template <class Part>
  void name_parts(const std::string& section, std::vector<Part>& parts) {
    std::vector<std::string> names;
    for (Table& file : layers_.files) {
      const Table* tables = tables_of(file, section);
      if (tables == nullptr) continue;
      for (const Member& member : *tables) {
        if (std::find(names.begin(), names.end(), member.key) != names.end()) continue;
        check_part_name(section, member, names);
        names.push_back(member.key);
        parts.emplace_back().name = member.key;
        loaded_.origins[section + "." + member.key] = member.where;
      }
    }
    for (Table& layer : layers_.overrides) {
      if (Table* tables = tables_of(layer, section)) refuse_new_parts(section, *tables, names);
    }
  }

  /// The tables below `section`, nullptr when it is absent. What is no table there is reported and dropped.
  Table* tables_of(Table& layer, const std::string& section) {
    Member* member = find_member(layer, section);
    if (member == nullptr) return nullptr;
    auto* table = std::get_if<Table>(&member->value.data);
    if (table == nullptr) {
      expected_table(format("[{}.NAME]", section), section, *member);
      layer.erase(layer.begin() + (member - layer.data()));
      return nullptr;
    }
    std::erase_if(*table, [&](const Member& part) {
      if (std::holds_alternative<Table>(part.value.data)) return false;
      expected_table(format("[{}.{}]", section, part.key), section + "." + part.key, part);
      return true;
    });
    return table;
  }

  /// No option is declared below a table that names nothing, so that it would look unknown.
  static void drop_empty(Table& table, const std::string& key) {
    const Table* inner = find_table(table, key);
    if (inner != nullptr && inner->empty()) std::erase_if(table, [&](const Member& each) { return each.key == key; });
  }

  void expected_table(const std::string& header, const std::string& key, const Member& member) {
    loaded_.diagnostics.error(key, format("expected a table, got {}", member.value.describe()), "write " + header,
                              member.value.where);
  }

  void check_part_name(const std::string& section, const Member& part, const std::vector<std::string>& before) {
    const std::string key = section + "." + part.key;
    if (!is_part_name(part.key)) {
      loaded_.diagnostics.error(key, "is no name for a part",
                                "use at most 25 small letters, digits and hyphens, starting with a letter", part.where);
    }
    // Logical ids of CloudFormation hold no hyphens.
    const auto without_hyphens = [](std::string name) {
      std::erase(name, '-');
      return name;
    };
    for (const std::string& other : before) {
      if (without_hyphens(other) != without_hyphens(part.key)) continue;
      loaded_.diagnostics.error(key, format("differs from {}.{} by hyphens alone", section, other),
                                "give it another name", part.where);
    }
  }

  void refuse_new_parts(const std::string& section, Table& parts, const std::vector<std::string>& names) {
    std::erase_if(parts, [&](const Member& part) {
      if (std::find(names.begin(), names.end(), part.key) != names.end()) return false;
      const std::string near = nearest_name(part.key, names);
      const std::string hint = near.empty() ? format("write [{}.{}] in a file first", section, part.key)
                                            : format("did you mean {}.{}?", section, near);
      loaded_.diagnostics.error(section + "." + part.key, "no file has this part", hint, part.where);
      return true;
    });
  }

  void name_tags(Table& layer) {
    Table* cluster = find_table(layer, "cluster");
    Table* tags = cluster == nullptr ? nullptr : find_table(*cluster, "tags");
    if (tags == nullptr) return;
    std::erase_if(*tags, [&](const Member& tag) {
      if (is_tag_name(tag.key)) return loaded_.cluster.tags[tag.key], false;
      loaded_.diagnostics.error(
          "cluster.tags." + tag.key, "is no name for a tag",
          "use at most 128 letters, digits, spaces and + - = _ : / @, not starting with aws:", tag.where);
      return true;
    });
  }

  Layers& layers_;
  LoadedCluster& loaded_;
};

bool is_empty(const config::Scalar& scalar) {
  return std::visit([](const auto& value) { return value == std::decay_t<decltype(value)>{}; }, scalar);
}

/// The options that hold something: "", [], 0 or false takes back what a base gave.
config::Origins given(const config::OptionSet& options, config::Origins origins) {
  for (const config::Option& option : options.options()) {
    if (is_empty(option.value())) origins.erase(option.name());
  }
  return origins;
}

}  // namespace

LoadedCluster load_cluster(const fs::path& path, const std::vector<std::string>& overrides) {
  return parse_cluster(read_file(path), path.string(), overrides);
}

LoadedCluster parse_cluster(const std::string& text, const std::string& name,
                            const std::vector<std::string>& overrides) {
  LoadedCluster loaded;
  Layers layers = read_layers(text, name, overrides, loaded.diagnostics);
  if (loaded.diagnostics.has_errors()) return loaded;
  replace_capacities(layers);
  Namer(layers, loaded).name_all();
  const config::OptionSet options = describe(loaded.cluster);
  for (const Table& layer : layers.files) options.apply(layer, loaded.origins, loaded.diagnostics);
  for (const Table& layer : layers.overrides) options.apply(layer, loaded.origins, loaded.diagnostics);
  options.check_conditions(given(options, loaded.origins), loaded.diagnostics);
  check_options(loaded, name);
  return loaded;
}

bool is_cluster_file(const fs::path& path) {
  std::error_code unreadable;
  if (!fs::is_regular_file(path, unreadable)) return false;
  Diagnostics ignored;
  Table table = config::parse_toml(read_file(path), path.string(), ignored);
  return find_member(table, "base") != nullptr || find_member(table, "cluster") != nullptr ||
         find_member(table, "nodes") != nullptr;
}

}  // namespace trireme::cloud
