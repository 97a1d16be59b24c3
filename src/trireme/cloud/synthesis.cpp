#include "trireme/cloud/synthesis.h"

#include <nlohmann/json.hpp>

#include "trireme/cloud/targets/target.h"
#include "trireme/core/check.h"
#include "trireme/core/diagnostic.h"

namespace trireme::cloud {

void Synthesis::add_stack(const Stack& stack) {
  files_.push_back({.target = target_,
                    .path = target_ + ".json",
                    .kind = "cloudformation",
                    .text = to_cloudformation(stack.to_template()),
                    .stack = stack.name(),
                    .exports = stack.exports(),
                    .imports = stack.imports()});
}

void Synthesis::add_pcluster(std::string path, const Map& configuration) {
  std::vector<Placeholder> placeholders;
  std::string text = to_yaml(configuration, placeholders);
  add_with_placeholders(std::move(path), "pcluster", std::move(text), std::move(placeholders));
}

void Synthesis::add_with_placeholders(std::string path, std::string kind, std::string text,
                                      std::vector<Placeholder> placeholders) {
  std::set<std::string> imports;
  for (const Placeholder& placeholder : placeholders) imports.insert(placeholder.source);
  files_.push_back({.target = target_,
                    .path = std::move(path),
                    .kind = std::move(kind),
                    .text = std::move(text),
                    .stack = {},
                    .exports = {},
                    .imports = std::move(imports),
                    .placeholders = std::move(placeholders)});
}

void Synthesis::add_file(std::string path, std::string kind, std::string text) {
  add_with_placeholders(std::move(path), std::move(kind), std::move(text), {});
}

void Synthesis::add_job(std::string path, const Map& request) {
  add_file(std::move(path), "batch-job", to_json(request));
}

namespace {

void require_known_target(const std::string& only) {
  std::vector<std::string> names;
  for (const Target& target : targets()) names.emplace_back(target.name);
  if (only.empty() || std::find(names.begin(), names.end(), only) != names.end()) return;
  const std::string near = nearest_name(only, names);
  throw UsageError(format("no target \"{}\"", only) +
                   (near.empty() ? "; `trireme synth --help` lists them" : format("; did you mean \"{}\"?", near)));
}

/// Producers and consumers are two functions of one contract; this catches a target that forgot to export.
void check_contracts(const std::vector<SynthFile>& files) {
  std::set<std::string> exported;
  for (const SynthFile& file : files) {
    for (const std::string& name : file.imports) {
      TRIREME_CHECK(exported.count(name) > 0, "{} imports {}, which nothing before it exports", file.path, name);
    }
    exported.insert(file.exports.begin(), file.exports.end());
  }
}

}  // namespace

std::vector<SynthFile> synthesize(const Cluster& cluster, const std::string& only) {
  require_known_target(only);
  if (!is_built(cluster.orchestrator)) {
    throw ConfigError(
        format("orchestrator \"{}\" is not built yet; built are parallelcluster and batch", cluster.orchestrator));
  }
  const catalog::Region region = catalog::region(cluster.region);
  Synthesis synthesis(cluster, region);
  for (const Target& target : targets()) {
    if (!target.applies(cluster)) continue;
    synthesis.start(std::string(target.name));
    target.render(synthesis);
  }
  check_contracts(synthesis.files());
  if (only.empty()) return synthesis.files();
  std::vector<SynthFile> chosen;
  for (const SynthFile& file : synthesis.files()) {
    if (file.target == only) chosen.push_back(file);
  }
  if (chosen.empty()) throw ConfigError(format("the description asks for nothing of target \"{}\"", only));
  return chosen;
}

std::string index_json(const Cluster& cluster, const std::vector<SynthFile>& files) {
  using Json = nlohmann::ordered_json;
  Json index = {{"cluster", cluster.name}, {"region", cluster.region}, {"files", Json::array()}};
  for (const SynthFile& file : files) {
    Json entry = {{"path", file.path}, {"kind", file.kind}, {"target", file.target}};
    if (!file.stack.empty()) entry["stack"] = file.stack;
    for (const Placeholder& placeholder : file.placeholders) {
      entry["placeholders"].push_back({{"value", placeholder.value}, {"export", placeholder.source}});
    }
    index["files"].push_back(std::move(entry));
  }
  return index.dump(2) + "\n";
}

std::vector<std::string> paths_in_index(const fs::path& index) {
  const auto parsed = nlohmann::json::parse(read_file(index), nullptr, /*allow_exceptions=*/false);
  const FormatError foreign(format("{} was not written by `trireme synth`; choose another folder", index.string()));
  if (!parsed.is_object() || !parsed.contains("files") || !parsed["files"].is_array()) throw foreign;
  std::vector<std::string> paths;
  for (const auto& file : parsed["files"]) {
    if (!file.is_object() || !file.contains("path") || !file["path"].is_string()) throw foreign;
    const std::string path = file["path"];
    if (fs::path(path).filename() != path) throw foreign;
    paths.push_back(path);
  }
  return paths;
}

}  // namespace trireme::cloud
