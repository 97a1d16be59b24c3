#include "resource_types.h"

#include <map>
#include <sstream>

#include "table.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

std::map<std::string, ResourceType> read_types() {
  std::map<std::string, ResourceType> types;
  for (const auto& row : read_table("resource_types.tsv")) {
    types[row.at(0)] = {row.at(1), row.at(2), row.at(3), row.at(4), row.at(5), row.at(6)};
  }
  return types;
}

std::string upper(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::toupper(letter));
  return text;
}

std::string fill_name(World& world, std::string_view name, const Identity& identity) {
  const std::string seed = format("{}/{}/{}", identity.stack, identity.logical, identity.generation);
  if (name == "id") return identity.id;
  if (name == "stack") return identity.stack;
  if (name == "logical") return identity.logical;
  if (name == "region") return world.region();
  if (name == "account") return world.account();
  if (name == "partition") return world.partition();
  if (name == "octet") return std::to_string(1 + std::stoi(World::hex(seed, 2), nullptr, 16) % 250);
  if (name.starts_with("hex")) return World::hex(seed, std::stoul(std::string(name.substr(3))));
  if (name.starts_with("HEX")) return upper(World::hex(seed, std::stoul(std::string(name.substr(3)))));
  const Json& property = get(identity.properties, std::string(name.substr(1)));
  if (!property.is_null()) return text_of(property);
  return format("{}-{}-{}", identity.stack, identity.logical, World::hex(seed, 12));
}

}  // namespace

const ResourceType& resource_type(const std::string& type) {
  static const std::map<std::string, ResourceType> kTypes = read_types();
  const auto found = kTypes.find(type);
  if (found != kTypes.end()) return found->second;
  throw ValidationError(
      format("Template format error: Unrecognized resource types: [{}] (if AWS has it, add it to "
             "resource_types.tsv of scripted AWS)",
             type));
}

std::string fill_pattern(World& world, std::string_view pattern, const Identity& identity) {
  std::string out;
  for (size_t at = 0; at < pattern.size();) {
    const size_t open = std::min(pattern.find('{', at), pattern.size());
    out += pattern.substr(at, open - at);
    if (open == pattern.size()) break;
    const size_t close = pattern.find('}', open);
    out += fill_name(world, pattern.substr(open + 1, close - open - 1), identity);
    at = close + 1;
  }
  return out;
}

std::string_view replacement_of(const ResourceType& type, std::string_view property) {
  std::istringstream names(type.replacing);
  for (std::string name; names >> name;) {
    if (name == property) return "True";
    if (name.substr(1) == property && name[0] == '?') return "Conditional";
  }
  return "False";
}

}  // namespace scripted_aws
