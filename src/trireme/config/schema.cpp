#include "trireme/config/schema.h"

#include <nlohmann/json.hpp>

#include "trireme/core/format.h"

namespace trireme::config {

namespace {

using Json = nlohmann::ordered_json;

/// A limit without a point when it is whole, as the options' own texts write it.
Json number(double limit) {
  if (limit == static_cast<double>(static_cast<int64_t>(limit))) return static_cast<int64_t>(limit);
  return limit;
}

Json type_of(const Option& option) {
  struct Typer {
    Json operator()(bool*) const { return "boolean"; }
    Json operator()(int64_t*) const { return "integer"; }
    Json operator()(uint64_t*) const { return "integer"; }
    Json operator()(double*) const { return "number"; }
    Json operator()(std::string*) const { return "string"; }
    Json operator()(std::vector<std::string>*) const { return {"array", "string"}; }  // one text is a list of one
  };
  return std::visit(Typer(), option.target());
}

std::string description_of(const Option& option) {
  std::string text = option.help();
  if (option.choices().empty() && !option.range_text().empty()) text += "; " + option.range_text();
  if (!option.unit().empty()) text += format(" ({})", option.unit());
  if (!option.condition().empty()) text += "; only with " + option.condition();
  return text;
}

Json schema_of(const Option& option) {
  Json schema = {{"description", description_of(option)}, {"type", type_of(option)}};
  if (!option.choices().empty()) schema["enum"] = option.choices();
  if (std::holds_alternative<std::vector<std::string>*>(option.target())) schema["items"] = {{"type", "string"}};
  const auto set_limit = [&](const std::optional<Limit>& limit, const char* closed, const char* open) {
    if (limit) schema[limit->open ? open : closed] = number(limit->value);
  };
  set_limit(option.minimum(), "minimum", "exclusiveMinimum");
  set_limit(option.maximum(), "maximum", "exclusiveMaximum");
  std::visit([&](const auto& value) { schema["default"] = value; }, option.value());
  return schema;
}

/// The schema of what is called `key` in the table `parent`.
Json& member(Json& parent, const std::string& key) {
  return key == kAnyName ? parent["patternProperties"]["^.+$"] : parent["properties"][key];
}

/// The table below `root` with that dotted name, made where it is absent.
Json& table(Json& root, const std::string& dotted) {
  Json* at = &root;
  std::string_view rest = dotted;
  while (!rest.empty()) {
    const size_t dot = std::min(rest.find('.'), rest.size());
    at = &member(*at, std::string(rest.substr(0, dot)));
    if (at->is_null()) *at = {{"type", "object"}, {"additionalProperties", false}};
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  return *at;
}

/// "a.b" and "c" of "a.b.c".
std::string parent_of(const std::string& name) {
  return name.substr(0, name.find('.') == std::string::npos ? 0 : name.rfind('.'));
}
std::string key_of(const std::string& name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

std::string json_schema(const OptionSet& options, const std::string& title) {
  Json root = {{"$schema", "http://json-schema.org/draft-07/schema#"},
               {"title", title},
               {"type", "object"},
               {"additionalProperties", false}};
  for (const Section& section : options.sections()) {
    if (!section.name.empty()) table(root, section.name)["description"] = section.help;
  }
  for (const Option& option : options.options()) {
    member(table(root, parent_of(option.name())), key_of(option.name())) = schema_of(option);
  }
  for (const FixedKey& fixed : options.fixed_keys()) {
    Json only;
    std::visit([&](const auto& value) { only = value; }, fixed.only);
    member(table(root, parent_of(fixed.name)), key_of(fixed.name)) = {{"description", fixed.reason}, {"enum", {only}}};
  }
  return root.dump(2) + "\n";
}

}  // namespace trireme::config
