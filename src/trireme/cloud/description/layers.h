#pragma once

#include <string>
#include <vector>

#include "trireme/config/value.h"
#include "trireme/core/diagnostic.h"

namespace trireme::cloud {

/// What a description is read from. Later tables win.
struct Layers {
  std::vector<config::Table> files;      // the lowest base first, without their `base` keys
  std::vector<config::Table> overrides;  // one each --set
};

/// Reads the description `text`, the files it names by `base` beneath it, and `overrides` on top. `name` stands for the
/// file in messages, and a base is found beside the file that names it. Files that are absent, that loop, or that no
/// person wrote, by their size, become diagnostics. Throws IoError when a base exists and can't be read.
Layers read_layers(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
                   Diagnostics& diagnostics);

/// Drops each [nodes.NAME] capacity that has one with a kind above it: the id of another kind would make no sense.
/// Overrides count as one layer, so that their order does not matter.
void replace_capacities(Layers& layers);

/// The member `key` of the table; nullptr when there is none.
config::Member* find_member(config::Table& table, const std::string& key);
/// The same when it is a table itself.
config::Table* find_table(config::Table& table, const std::string& key);

}  // namespace trireme::cloud
