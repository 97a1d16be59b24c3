#include "intrinsics.h"

#include <arpa/inet.h>
#include <cstdint>

#include "resource.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

// Begins what stands for a value of a resource that is still to be made.
constexpr char kUnknown[] = "known after ";

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  size_t at = 0;
  for (size_t end; (end = text.find(separator, at)) != std::string::npos; at = end + separator.size()) {
    parts.push_back(text.substr(at, end - at));
  }
  parts.push_back(text.substr(at));
  return parts;
}

/// Fn::Cidr for IPv4: `count` blocks of 2^bits addresses.
Json cidr_blocks(const std::string& block, int count, int bits) {
  const std::vector<std::string> parts = split(block, "/");
  in_addr address{};
  if (inet_pton(AF_INET, parts[0].c_str(), &address) != 1) {
    throw ValidationError(format("Template error: Fn::Cidr of {}, which is no block of IPv4 addresses", block));
  }
  Json blocks = Json::array();
  for (int i = 0; i < count; ++i) {
    const in_addr at{htonl(ntohl(address.s_addr) + (static_cast<uint32_t>(i) << bits))};
    char text[INET_ADDRSTRLEN];
    blocks.push_back(format("{}/{}", inet_ntop(AF_INET, &at, text, sizeof text), 32 - bits));
  }
  return blocks;
}

/// The "${…}" of a Fn::Sub, without those that "${!" keeps.
std::vector<std::string> placeholders(const std::string& text) {
  std::vector<std::string> names;
  for (size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 2)) {
    const size_t close = text.find('}', at);
    if (close != std::string::npos && text[at + 2] != '!') names.push_back(text.substr(at + 2, close - at - 2));
  }
  return names;
}

void add_references(const Json& document, const Json& value, std::set<std::string>& found) {
  const auto add = [&](const std::string& name) {
    const std::string logical_id = split(name, ".")[0];
    if (get(document, "Resources").contains(logical_id)) found.insert(logical_id);
  };
  if (value.is_array()) {
    for (const Json& item : value) add_references(document, item, found);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      if (key == "Ref" && member.is_string()) add(member);
      if (key == "Fn::GetAtt") add(member.is_array() ? text_of(member.at(0)) : text_of(member));
      if (key == "Fn::Sub") {
        for (const std::string& name : placeholders(text_of(member.is_array() ? member.at(0) : member))) add(name);
      }
      add_references(document, member, found);
    }
    const Json& after = get(value, "DependsOn");
    if (after.is_string()) add(after);
    for (const Json& name : after.is_array() ? after : Json::array()) add(name);
  }
}

}  // namespace

Resolver::Resolver(World& world, const std::string& stack, const std::string& stack_id, const Json& document,
                   const Json& parameters, std::map<std::string, std::string> ids)
    : world_(world), stack_(stack), stack_id_(stack_id), document_(document), ids_(std::move(ids)) {
  for (const auto& [name, declared] : get(document, "Parameters").items()) {
    Json value = parameters.contains(name) ? parameters.at(name) : get(declared, "Default");
    if (value.is_null()) throw ValidationError(format("Parameters: [{}] must have values", name));
    const std::string type = text_of(get(declared, "Type"));
    if (type.starts_with("AWS::SSM::Parameter::Value")) {
      const Json& stored = get(world["ssm"], text_of(value));
      if (stored.is_null()) {
        throw ValidationError(
            format("Unable to fetch parameters [{}] from parameter store for this account.", text_of(value)));
      }
      value = stored;
    }
    if ((type == "CommaDelimitedList" || type.starts_with("List<")) && value.is_string()) value = split(value, ",");
    parameters_[name] = value;
  }
  for (const auto& [name, value] : parameters.items()) {
    if (!parameters_.contains(name))
      throw ValidationError(format("Parameters: [{}] do not exist in the template", name));
  }
}

Json Resolver::resolve(const Json& value) const {
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value) {
      Json resolved = resolve(item);
      if (!resolved.is_discarded()) out.push_back(std::move(resolved));
    }
    return out;
  }
  if (!value.is_object()) return value;
  if (value.size() == 1) {
    const std::string& key = value.begin().key();
    if (key == "Ref") return ref(value.begin().value());
    if (key.starts_with("Fn::")) return call(key.substr(4), value.begin().value());
  }
  Json out = Json::object();
  for (const auto& [key, member] : value.items()) {
    Json resolved = resolve(member);
    if (!resolved.is_discarded()) out[key] = std::move(resolved);
  }
  return out;
}

Json Resolver::call(const std::string& function, const Json& argument) const {
  if (function == "GetAtt") {
    if (argument.is_array()) return attribute(argument.at(0), text_of(resolve(argument.at(1))));
    const size_t dot = text_of(argument).find('.');
    return attribute(text_of(argument).substr(0, dot), text_of(argument).substr(dot + 1));
  }
  if (function == "Sub") return substitute(argument);
  if (function == "If") return resolve(argument.at(condition(argument.at(0)) ? 1 : 2));
  const Json given = resolve(argument);
  if (function != "Join" && given.dump().find(kUnknown) != std::string::npos) {
    return format("{}{}: {}", kUnknown, function, given.dump());
  }
  if (function == "Join") {
    std::string joined;
    for (size_t i = 0; i < given.at(1).size(); ++i)
      joined += (i > 0 ? text_of(given.at(0)) : "") + text_of(given.at(1)[i]);
    return joined;
  }
  if (function == "Select") {
    const size_t index = std::stoul(text_of(given.at(0)));
    if (index < given.at(1).size()) return given.at(1)[index];
    throw ValidationError(format("Template error: Fn::Select cannot select nonexistent value at index {}", index));
  }
  if (function == "Split") return split(given.at(1), given.at(0));
  if (function == "ImportValue") return import(text_of(given));
  if (function == "Base64") return given;  // nothing here reads user data
  if (function == "FindInMap") {
    const Json& row = get(get(get(document_, "Mappings"), given.at(0)), text_of(given.at(1)));
    const Json& found = get(row, text_of(given.at(2)));
    if (!found.is_null()) return found;
    throw ValidationError(format("Template error: Unable to get mapping for {}", given.dump()));
  }
  if (function == "GetAZs") {
    Json names = Json::array();
    for (const Json& zone : world_["zones"]) names.push_back(zone.at("name"));
    return names;
  }
  if (function == "Cidr") {
    return cidr_blocks(given.at(0), std::stoi(text_of(given.at(1))), std::stoi(text_of(given.at(2))));
  }
  throw ValidationError(format("Template error: scripted AWS has no Fn::{}", function));
}

Json Resolver::ref(const std::string& name) const {
  if (name == "AWS::Region") return world_.region();
  if (name == "AWS::AccountId") return world_.account();
  if (name == "AWS::Partition") return world_.partition();
  if (name == "AWS::StackName") return stack_;
  if (name == "AWS::StackId") return stack_id_;
  if (name == "AWS::URLSuffix") return "amazonaws.com";
  if (name == "AWS::NotificationARNs") return Json::array();
  if (name == "AWS::NoValue") return Json(Json::value_t::discarded);
  if (parameters_.contains(name)) return parameters_.at(name);
  if (!get(document_, "Resources").contains(name)) {
    throw ValidationError(
        format("Template format error: Unresolved resource dependencies [{}] in the Resources block "
               "of the template",
               name));
  }
  const auto id = ids_.find(name);
  return id == ids_.end() ? format("{}{} is made", kUnknown, name) : physical_id(id->second);
}

Json Resolver::attribute(const std::string& logical_id, const std::string& name) const {
  const std::string id = text_of(ref(logical_id));
  const auto key = ids_.find(logical_id);
  const Json& resource = get(world_["resources"], key == ids_.end() ? id : key->second);
  if (resource.is_null()) return format("{}: {}", id, name);
  const Json& found = get(get(resource, "attributes"), name);
  if (!found.is_null()) return found;
  throw ValidationError(
      format("Template error: resource {} does not support attribute type {} in Fn::GetAtt", logical_id, name));
}

std::string Resolver::substitute(const Json& argument) const {
  std::string text = text_of(argument.is_array() ? argument.at(0) : argument);
  const Json own = argument.is_array() ? argument.at(1) : Json::object();
  for (const std::string& name : placeholders(text)) {
    const size_t dot = name.find('.');
    const Json value = own.contains(name)         ? resolve(own.at(name))
                       : dot == std::string::npos ? ref(name)
                                                  : attribute(name.substr(0, dot), name.substr(dot + 1));
    text.replace(text.find("${" + name + "}"), name.size() + 3, text_of(value));
  }
  for (size_t at; (at = text.find("${!")) != std::string::npos;) text.erase(at + 2, 1);
  return text;
}

Json Resolver::import(const std::string& name) const {
  for (const auto& [stack, held] : world_["stacks"].items()) {
    for (const Json& output : get(held, "outputs")) {
      if (get(output, "ExportName") != name) continue;
      imports_.insert(name);
      return output.at("OutputValue");
    }
  }
  throw ValidationError(format("No export named {} found.", name));
}

bool Resolver::condition(const std::string& name) const {
  const Json& expression = get(get(document_, "Conditions"), name);
  if (expression.is_null()) throw ValidationError(format("Template format error: Unresolved condition {}", name));
  return truth(expression);
}

bool Resolver::truth(const Json& expression) const {
  const std::string& function = expression.begin().key();
  const Json& argument = expression.begin().value();
  if (function == "Condition") return condition(argument);
  if (function == "Fn::Equals") return text_of(resolve(argument.at(0))) == text_of(resolve(argument.at(1)));
  if (function == "Fn::Not") return !truth(argument.at(0));
  for (const Json& part : argument) {
    if (truth(part) == (function == "Fn::Or")) return function == "Fn::Or";
  }
  return function == "Fn::And";
}

bool Resolver::is_wanted(const Json& resource) const {
  return !resource.contains("Condition") || condition(resource.at("Condition"));
}

std::set<std::string> references(const Json& document, const Json& value) {
  std::set<std::string> found;
  add_references(document, value, found);
  return found;
}

std::vector<std::string> creation_order(const Json& document) {
  std::vector<std::string> order;
  std::set<std::string> done;
  const Json& resources = get(document, "Resources");
  while (order.size() < resources.size()) {
    const size_t before = order.size();
    for (const auto& [logical_id, resource] : resources.items()) {
      if (done.contains(logical_id)) continue;
      bool ready = true;
      for (const std::string& needed : references(document, resource)) ready &= done.contains(needed);
      if (!ready) continue;
      order.push_back(logical_id);
      done.insert(logical_id);
    }
    if (order.size() == before) {
      std::string circle;
      for (const auto& [logical_id, resource] : resources.items()) {
        if (!done.contains(logical_id)) circle += (circle.empty() ? "" : ", ") + logical_id;
      }
      throw ValidationError(format("Circular dependency between resources: [{}]", circle));
    }
  }
  return order;
}

}  // namespace scripted_aws
