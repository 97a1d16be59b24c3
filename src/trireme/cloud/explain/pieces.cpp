#include "trireme/cloud/explain/pieces.h"

#include "trireme/config/access.h"
#include "trireme/config/json.h"
#include "trireme/config/yaml.h"
#include "trireme/core/check.h"

namespace trireme::cloud {

namespace {

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Calls `visit` with every scalar below `value` and the way to it.
template <class Visitor>
void for_each_scalar(const config::Value& value, const std::string& way, const Visitor& visit) {
  if (const config::Table* table = config::as_table(&value)) {
    for (const config::Member& member : *table) {
      for_each_scalar(member.value, way.empty() ? member.key : way + "." + member.key, visit);
    }
  } else if (const config::Array* array = config::as_array(&value)) {
    for (size_t i = 0; i < array->size(); ++i) for_each_scalar((*array)[i], format("{}[{}]", way, i), visit);
  } else {
    visit(way, value.describe());
  }
}

config::Value parse(const SynthFile& file) {
  Diagnostics diagnostics;
  auto value = ends_with(file.path, ".json") ? config::parse_json(file.text, file.path, diagnostics)
                                             : config::parse_yaml(file.text, file.path, diagnostics);
  TRIREME_CHECK(value, "{} was written wrong: {}", file.path, diagnostics.to_string());
  return std::move(*value);
}

void add_resources(const SynthFile& file, std::vector<Piece>& pieces) {
  const config::Value root = parse(file);
  const config::Table* resources = config::as_table(config::find(*config::as_table(&root), "Resources"));
  TRIREME_CHECK(resources != nullptr, "{} holds no resources", file.path);
  for (const config::Member& resource : *resources) {
    const std::string* type = config::as_text(config::find(*config::as_table(&resource.value), "Type"));
    Piece piece{file.path, resource.key, type == nullptr ? "" : *type, ""};
    for_each_scalar(resource.value, "",
                    [&](const std::string& way, const std::string& text) { piece.text += way + "=" + text + "\n"; });
    pieces.push_back(std::move(piece));
  }
}

void add_values(const SynthFile& file, std::vector<Piece>& pieces) {
  for_each_scalar(parse(file), "", [&](const std::string& way, const std::string& text) {
    pieces.push_back({file.path, way, "", text});
  });
}

}  // namespace

std::vector<Piece> pieces_of(const std::vector<SynthFile>& files) {
  std::vector<Piece> pieces;
  for (const SynthFile& file : files) {
    if (file.kind == "cloudformation") {
      add_resources(file, pieces);
    } else if (file.kind != "policy" && (ends_with(file.path, ".json") || ends_with(file.path, ".yaml"))) {
      // Not policies: in their lists without names, one more statement would look like a change of all after it.
      add_values(file, pieces);
    } else {
      pieces.push_back({file.path, "", "", file.text});
    }
  }
  return pieces;
}

}  // namespace trireme::cloud
