#include "resource.h"

#include <sstream>

#include "resource_types.h"
#include "trireme/core/format.h"

namespace scripted_aws {

using trireme::format;

namespace {

Json attributes_of(World& world, const ResourceType& type, const Identity& identity) {
  Json attributes = Json::object();
  std::istringstream words(type.attributes);
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    // A pattern may hold "=" itself; a name never does.
    attributes[word.substr(0, equals)] = fill_pattern(world, word.substr(equals + 1), identity);
  }
  return attributes;
}

}  // namespace

std::string make_resource(World& world, const std::string& stack, const std::string& logical_id,
                          const std::string& type, const Json& properties) {
  const ResourceType& known = resource_type(type);
  const std::string place = stack + "/" + logical_id;
  Identity identity{stack, logical_id, "", world["generations"].value(place, 0), properties};
  world["generations"][place] = identity.generation + 1;
  identity.id = fill_pattern(world, known.id, identity);
  const std::string key = world["resources"].contains(identity.id) && world["resources"][identity.id]["type"] != type
                              ? identity.id + "#" + type
                              : identity.id;
  if (world["resources"].contains(key) || (type == "AWS::S3::Bucket" && world["buckets"].contains(identity.id))) {
    throw ResourceFailure(format("{} already exists", identity.id));
  }
  world["resources"][key] = {{"id", identity.id},
                             {"type", type},
                             {"stack", stack},
                             {"logical_id", logical_id},
                             {"created", world.now()},
                             {"properties", properties},
                             {"attributes", attributes_of(world, known, identity)}};
  if (type == "AWS::S3::Bucket") {
    world["buckets"][identity.id] = {
        {"created", world.now()}, {"objects", Json::object()}, {"settings", Json::object()}};
    if (get(get(properties, "VersioningConfiguration"), "Status") == "Enabled") {
      world["buckets"][identity.id]["versioned"] = true;
    }
  }
  return key;
}

void change_resource(World& world, const std::string& key, const Json& properties) {
  Json& resource = world["resources"].at(key);
  resource["properties"] = properties;
  resource.erase("changed_by_hand");
  Json& attributes = resource["attributes"];
  if (attributes.contains("LatestVersionNumber")) {
    attributes["LatestVersionNumber"] = std::to_string(std::stoi(text_of(attributes["LatestVersionNumber"])) + 1);
  }
}

void delete_resource(World& world, const std::string& key) {
  if (!world["resources"].contains(key)) return;  // deleted by hand
  if (world["resources"][key]["type"] == "AWS::S3::Bucket") {
    if (!get(get(world["buckets"], key), "objects").empty()) {
      throw ResourceFailure("The bucket you tried to delete is not empty");
    }
    world["buckets"].erase(key);
  }
  world["resources"].erase(key);
}

bool must_replace(const std::string& type, const Json& old_properties, const Json& properties) {
  const ResourceType& known = resource_type(type);
  Json names = old_properties;
  names.update(properties);
  for (const auto& [name, value] : names.items()) {
    if (replacement_of(known, name) == "True" && get(old_properties, name) != get(properties, name)) return true;
  }
  return false;
}

}  // namespace scripted_aws
