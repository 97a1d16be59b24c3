#include <nlohmann/json.hpp>

#include "trireme/cloud/template/write.h"
#include "trireme/core/check.h"

namespace trireme::cloud {

namespace {

using Json = nlohmann::ordered_json;

/// CloudFormation fills in the value when it calls the service, and never shows it.
std::string secret_pattern(const Reference& reference) {
  return "{{resolve:secretsmanager:${" + reference.name + "}}}";
}

Json to_function(const Reference& reference) {
  switch (reference.source) {
    case Reference::Source::kResource:
    case Reference::Source::kPseudo: return {{"Ref", reference.name}};
    case Reference::Source::kAttribute: return {{"Fn::GetAtt", {reference.name, reference.attribute}}};
    case Reference::Source::kImport: return {{"Fn::ImportValue", reference.name}};
    case Reference::Source::kSecret: return {{"Fn::Sub", secret_pattern(reference)}};
  }
  return {};
}

void refuse_expansion(const std::string& literal) {
  TRIREME_CHECK(literal.find("${") == std::string::npos && literal.find("{{resolve:") == std::string::npos,
                "\"{}\" would be expanded by CloudFormation", literal);
}

/// Literals and references in a row: Fn::Sub, with imports as variables, which it can't name itself.
Json to_substitution(const Text& text) {
  std::string pattern;
  Json variables = Json::object();
  for (const Text::Piece& piece : text.pieces()) {
    if (const auto* literal = std::get_if<std::string>(&piece)) {
      refuse_expansion(*literal);
      pattern += *literal;
      continue;
    }
    const auto& reference = std::get<Reference>(piece);
    if (reference.source == Reference::Source::kSecret) {
      pattern += secret_pattern(reference);
      continue;
    }
    std::string name = reference.name;
    if (reference.source == Reference::Source::kAttribute) name += "." + reference.attribute;
    if (reference.source == Reference::Source::kImport) {
      name = format("Import{}", variables.size() + 1);
      variables[name] = to_function(reference);
    }
    pattern += "${" + name + "}";
  }
  if (variables.empty()) return {{"Fn::Sub", pattern}};
  return {{"Fn::Sub", {pattern, variables}}};
}

Json convert(const Text& text) {
  if (const Reference* reference = text.as_reference()) return to_function(*reference);
  if (!text.is_literal()) return to_substitution(text);
  refuse_expansion(text.literal());
  return text.literal();
}

Json convert(const Value& value) {
  struct Converter {
    Json operator()(const Text& text) const { return convert(text); }
    Json operator()(const List& list) const {
      Json items = Json::array();
      for (const Value& item : list) items.push_back(convert(item));
      return items;
    }
    Json operator()(const Map& map) const {
      Json object = Json::object();
      for (const Member& member : map) {
        TRIREME_CHECK(!object.contains(member.key), "key {} is written twice", member.key);
        object[member.key] = convert(member.value);
      }
      return object;
    }
    Json operator()(bool flag) const { return flag; }
    Json operator()(int64_t number) const { return number; }
    Json operator()(double number) const { return number; }
  };
  return std::visit(Converter(), value.data());
}

}  // namespace

std::string to_cloudformation(const Value& value) { return convert(value).dump(2) + "\n"; }

std::string to_json(const Value& value) {
  for_each_text(value, [](const Text& text) { (void)text.literal(); });
  return convert(value).dump(2) + "\n";
}

}  // namespace trireme::cloud
