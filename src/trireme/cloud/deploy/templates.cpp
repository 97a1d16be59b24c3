#include "trireme/cloud/deploy/templates.h"

#include <algorithm>

#include "trireme/catalog/region.h"
#include "trireme/cloud/deploy/stack_status.h"
#include "trireme/cloud/targets/contracts.h"
#include "trireme/core/hash.h"

namespace trireme::cloud {

namespace {

/// "Understand CloudFormation quotas", AWS CloudFormation User Guide.
constexpr size_t kMaxTemplateBody = 51200;

const std::string& required_export(const std::map<std::string, std::string>& exports, const std::string& name) {
  const auto found = exports.find(name);
  if (found == exports.end()) throw ConfigError(format("the account exports no {}: is its stack deployed?", name));
  return found->second;
}

}  // namespace

std::map<std::string, std::string> exports_of(const Aws& aws) {
  std::map<std::string, std::string> exports;
  const Json answer = aws.call("cloudformation", "list-exports", Json::object(), "Exports");
  for (const Json& item : answer.at("Exports")) exports[item.at("Name")] = item.at("Value");
  return exports;
}

/// Indentation is for people.
std::string compact(const SynthFile& file) { return Json::parse(file.text).dump(); }

void add_imports(const Json& value, std::set<std::string>& imports) {
  if (value.is_object() && value.contains("Fn::ImportValue") && value.at("Fn::ImportValue").is_string()) {
    imports.insert(value.at("Fn::ImportValue").get<std::string>());
  }
  if (value.is_structured()) {
    for (const Json& part : value) add_imports(part, imports);
  }
}

bool holds_data(const std::string& type) {
  static const std::vector<std::string> kTypes = {"AWS::FSx::FileSystem", "AWS::FSx::Volume",
                                                  "AWS::RDS::DBCluster",  "AWS::RDS::DBInstance",
                                                  "AWS::S3::Bucket",      "AWS::SecretsManager::Secret"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

std::vector<TemplateResource> resources_of(const SynthFile& file) {
  std::vector<TemplateResource> resources;
  const Json body = Json::parse(file.text);
  for (const auto& [logical_id, resource] : body.at("Resources").items()) {
    resources.push_back({logical_id, resource.at("Type")});
  }
  return resources;
}

std::string deployed_template(const Aws& aws, const std::string& stack) {
  // The command line shows JSON as JSON, and other text as text.
  const Json body = aws.call("cloudformation", "get-template", {{"StackName", stack}}).at("TemplateBody");
  return body.is_string() ? body.get<std::string>() : body.dump();
}

bool same_template(const std::string& one, const std::string& other) {
  return nlohmann::json::parse(one) == nlohmann::json::parse(other);  // unlike Json, whatever the order of keys
}

SynthFile deployed_file(const Aws& aws, const std::string& target, const std::string& stack) {
  const bool made = stack_status(aws, stack).state != StackState::kAbsent;
  SynthFile file{.target = target,
                 .path = target + ".json",
                 .kind = "cloudformation",
                 .text = made ? deployed_template(aws, stack) : R"({"Resources": {}})",
                 .stack = stack,
                 .exports = {},
                 .imports = {}};
  const Json body = Json::parse(file.text);
  for (const Json& output : body.value("Outputs", Json::object())) {
    if (output.contains("Export")) file.exports.insert(output.at("Export").at("Name").get<std::string>());
  }
  add_imports(body, file.imports);
  return file;
}

std::set<std::string> retained_resources(const SynthFile& file) {
  std::set<std::string> retained;
  const Json body = Json::parse(file.text);
  for (const auto& [logical_id, resource] : body.at("Resources").items()) {
    if (resource.value("DeletionPolicy", "Delete") != "Delete") retained.insert(logical_id);
  }
  return retained;
}

bool is_large(const SynthFile& file) { return compact(file).size() > kMaxTemplateBody; }

void add_template(const Aws& aws, const Cluster& cluster, const SynthFile& file, Json& request) {
  const std::string body = compact(file);
  if (!is_large(file)) {
    request["TemplateBody"] = body;
    return;
  }
  const std::string bucket = required_export(exports_of(aws), contracts::bootstrap_bucket(cluster).export_name());
  const std::string key = format("templates/{}-{}.json", file.target, content_hash(body));
  aws.put_object(bucket, key, body);
  const catalog::Region& region = catalog::region(cluster.region);
  request["TemplateURL"] = format("https://{}.s3.{}.{}/{}", bucket, region.name, region.dns_suffix, key);
}

SynthFile without_protection(const SynthFile& file) {
  Json body = Json::parse(file.text);
  for (auto& [logical_id, resource] : body.at("Resources").items()) {
    if (!resource.contains("DeletionPolicy")) continue;
    resource["DeletionPolicy"] = "Delete";
    resource["UpdateReplacePolicy"] = "Delete";
    // CloudFormation takes no update that changes policies alone.
    resource["Metadata"]["trireme"] = "to be deleted with its data";
    if (resource.contains("Properties") && resource.at("Properties").contains("DeletionProtection")) {
      resource["Properties"]["DeletionProtection"] = false;
    }
  }
  SynthFile unprotected = file;
  unprotected.text = body.dump(2) + "\n";
  return unprotected;
}

std::string resolve_placeholders(const Aws& aws, const SynthFile& file) {
  if (file.placeholders.empty()) return file.text;
  const auto exports = exports_of(aws);
  std::string text = file.text;
  for (const Placeholder& placeholder : file.placeholders) {
    const std::string& value = required_export(exports, placeholder.source);
    for (size_t at = text.find(placeholder.value); at != std::string::npos; at = text.find(placeholder.value, at)) {
      text.replace(at, placeholder.value.size(), value);
      at += value.size();
    }
  }
  return text;
}

}  // namespace trireme::cloud
