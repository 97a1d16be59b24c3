#include "change_set.h"

#include <algorithm>

#include "resource.h"
#include "resource_types.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

Json change(const std::string& action, const std::string& logical_id, const std::string& type, Json rest) {
  rest.update({{"Action", action}, {"LogicalResourceId", logical_id}, {"ResourceType", type}});
  for (const char* list : {"Scope", "Details"}) {
    if (!rest.contains(list)) rest[list] = Json::array();
  }
  return {{"Type", "Resource"}, {"ResourceChange", rest}};
}

/// Compares a template with a stack. Resources that would be made anew change those that refer to them.
class Comparison {
 public:
  Comparison(World& world, const Json& stack, const Desired& desired)
      : world_(world), stack_(stack), desired_(desired), resources_(stack.at("resources")) {}

  Json changes() {
    // What is replaced may force a replacement elsewhere, so go on until nothing new is.
    size_t before;
    do {
      before = renewed_.size();
      list();
    } while (renewed_.size() != before);
    return changes_;
  }

 private:
  Resolver resolver(bool renewed) const {
    std::map<std::string, std::string> ids;
    for (const auto& [logical_id, resource] : resources_.items()) {
      if (renewed || !renewed_.contains(logical_id)) ids[logical_id] = resource.at("id");
    }
    return Resolver(world_, stack_.at("name"), stack_.at("id"), desired_.document, desired_.parameters, ids);
  }

  void list() {
    changes_ = Json::array();
    const Resolver after = resolver(false), direct = resolver(true);
    std::set<std::string> wanted;
    for (const auto& [logical_id, declared] : desired_.document["Resources"].items()) {
      if (!after.is_wanted(declared)) continue;
      wanted.insert(logical_id);
      if (!resources_.contains(logical_id)) {
        changes_.push_back(change("Add", logical_id, declared.at("Type"), Json::object()));
      } else {
        compare(logical_id, declared, after, direct);
      }
    }
    for (const auto& [logical_id, resource] : resources_.items()) {
      if (wanted.contains(logical_id)) continue;
      const std::string policy =
          get(stack_.at("document").at("Resources"), logical_id).value("DeletionPolicy", "Delete");
      changes_.push_back(change("Remove", logical_id, resource.at("type"),
                                {{"PhysicalResourceId", physical_id(resource.at("id"))},
                                 {"PolicyAction", policy.starts_with("Retain") ? "Retain" : policy}}));
    }
  }

  void compare(const std::string& logical_id, const Json& declared, const Resolver& after, const Resolver& direct) {
    const Json& resource = resources_.at(logical_id);
    const Json declared_properties = declared.value("Properties", Json::object());
    const Json now = after.resolve(declared_properties), without_renewed = direct.resolve(declared_properties);
    // CloudFormation compares templates: that a resource was deleted by hand is no change to it.
    const Json& made = get(world_["resources"], resource.at("id"));
    const Json old = made.is_null() ? now : get(made, "properties");
    const bool other_type = declared.at("Type") != resource.at("type");
    std::string replacement = other_type ? "True" : "False";
    Json details = Json::array(), scope = Json::array();
    Json names = old.is_object() ? old : Json::object();
    names.update(now);
    for (const auto& [name, value] : names.items()) {
      if (get(old, name) == get(now, name)) continue;
      const bool by_reference = get(old, name) == get(without_renewed, name);
      std::string recreation(replacement_of(resource_type(declared.at("Type")), name));
      if (by_reference && recreation == "True") recreation = "Conditional";
      if (recreation == "True" || (recreation == "Conditional" && replacement == "False")) replacement = recreation;
      details.push_back({{"Target",
                          {{"Attribute", "Properties"},
                           {"Name", name},
                           {"RequiresRecreation", recreation == "True"    ? "Always"
                                                  : recreation == "False" ? "Never"
                                                                          : "Conditionally"}}},
                         {"Evaluation", by_reference ? "Dynamic" : "Static"},
                         {"ChangeSource", by_reference ? "ResourceReference" : "DirectModification"}});
    }
    if (!details.empty()) scope.push_back("Properties");
    if (get(declared, "Metadata") != get(get(stack_.at("document").at("Resources"), logical_id), "Metadata")) {
      scope.push_back("Metadata");
    }
    if (desired_.tags != stack_.at("tags")) {
      scope.push_back("Tags");
      details.push_back({{"Target", {{"Attribute", "Tags"}, {"RequiresRecreation", "Never"}}},
                         {"Evaluation", "Static"},
                         {"ChangeSource", "DirectModification"}});
    }
    if (scope.empty() && !other_type) return;
    if (replacement != "False") renewed_.insert(logical_id);
    changes_.push_back(change("Modify", logical_id, declared.at("Type"),
                              {{"PhysicalResourceId", physical_id(resource.at("id"))},
                               {"Replacement", replacement},
                               {"Scope", scope},
                               {"Details", details}}));
  }

  World& world_;
  const Json& stack_;
  const Desired& desired_;
  const Json& resources_;
  std::set<std::string> renewed_;
  Json changes_;
};

}  // namespace

Json changes_of(World& world, const Json& stack, const Desired& desired) {
  return Comparison(world, stack, desired).changes();
}

void need_actions(World& world, const Json& changes) {
  for (const Json& each : changes) {
    const Json& what = each.at("ResourceChange");
    const ResourceType& type = resource_type(what.at("ResourceType"));
    const bool renewed = what.value("Replacement", "False") != "False";
    if (what.at("Action") == "Add" || renewed) world.need(type.create_actions);
    if (what.at("Action") == "Modify") world.need(type.update_actions);
    if (what.at("Action") == "Remove" || renewed) world.need(type.delete_actions);
  }
}

Json parse_template(const std::string& text) {
  Json document;
  try {
    document = Json::parse(text);
  } catch (const Json::exception&) {
    throw ValidationError("Template format error: JSON not well-formed.");
  }
  const Json& resources = get(document, "Resources");
  if (!resources.is_object() || resources.empty()) {
    throw ValidationError("Template format error: At least one Resources member must be defined.");
  }
  for (const auto& [logical_id, resource] : resources.items()) {
    if (!resource.contains("Type")) {
      throw ValidationError(format(
          "Template format error: [/Resources/{}] Every Resources object must contain a Type member.", logical_id));
    }
    resource_type(resource.at("Type"));
    const Json after = resource.value("DependsOn", Json::array());
    for (const Json& name : after.is_string() ? Json::array({after}) : after) {
      if (resources.contains(name.get<std::string>())) continue;
      throw ValidationError(
          format("Template format error: Unresolved resource dependencies [{}] in the Resources block of the template",
                 text_of(name)));
    }
  }
  creation_order(document);
  return document;
}

std::string capability_of(const Json& document) {
  bool any = false;
  for (const auto& [logical_id, resource] : document.at("Resources").items()) {
    const std::string type = resource.at("Type");
    if (!type.starts_with("AWS::IAM::")) continue;
    any = true;
    // AWS::IAM::Policy has a name too, but an inline policy is not an entity of its own.
    const std::string name = type == "AWS::IAM::Policy" ? "" : type.substr(10) + "Name";
    if (get(resource, "Properties").contains(name)) return "CAPABILITY_NAMED_IAM";
  }
  return any ? "CAPABILITY_IAM" : "";
}

}  // namespace scripted_aws
