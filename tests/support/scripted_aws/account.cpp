// What an account has besides its stacks: identity, quotas, parameters, roles, log groups, secrets.
#include "commands.h"
#include "ec2_resources.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

Json identity(World& world, const Request&) {
  return {{"UserId", "AIDA" + World::hex("user", 17)},
          {"Account", world.account()},
          {"Arn", format("arn:{}:iam::{}:user/scripted", world.partition(), world.account())}};
}

Json quota_of(World& world, const Json& quota) {
  Json out = quota;
  out["QuotaArn"] =
      world.arn("servicequotas", format("{}/{}", text_of(quota["ServiceCode"]), text_of(quota["QuotaCode"])));
  out["ServiceName"] = quota["ServiceCode"];
  return out;
}

Json quota(World& world, const Request& request) {
  for (const Json& each : world["quotas"]) {
    if (each["ServiceCode"] == request.required("service-code") && each["QuotaCode"] == request.required("quota-code"))
      return {{"Quota", quota_of(world, each)}};
  }
  throw AwsError("NoSuchResourceException", "The request failed because the specified service quota does not exist.");
}

Json quotas(World& world, const Request& request) {
  Json out = {{"Quotas", Json::array()}};
  for (const Json& each : world["quotas"]) {
    if (each["ServiceCode"] == request.required("service-code")) out["Quotas"].push_back(quota_of(world, each));
  }
  return paginate(request, out, "Quotas");
}

Json parameter(World& world, const Request& request) {
  std::string name = request.required("name");
  const size_t colon = name.find(':');  // NAME:VERSION
  const std::string wanted = colon == std::string::npos ? "" : name.substr(colon + 1);
  name.resize(std::min(colon, name.size()));
  if (!world["ssm"].contains(name)) throw AwsError("ParameterNotFound", "");
  const Json& versions = get(world["parameter_versions"], name);  // of those that a call put
  const size_t version = !wanted.empty() ? std::stoul(wanted) : versions.empty() ? 1 : versions.size();
  if (version > std::max<size_t>(versions.size(), 1)) throw AwsError("ParameterVersionNotFound", "");
  const Json value = versions.empty() ? world["ssm"][name] : versions[version - 1];
  return {{"Parameter",
           {{"Name", name},
            {"Type", "String"},
            {"Value", value},
            {"Version", version},
            {"LastModifiedDate", world.now()},
            {"ARN", world.arn("ssm", "parameter" + name)},
            {"DataType", "text"}}}};
}

Json put_parameter(World& world, const Request& request) {
  const std::string name = request.required("name");
  Json& stored = world["ssm"][name];
  if (!stored.is_null() && !request.flag("overwrite")) {
    throw AwsError("ParameterAlreadyExists",
                   "The parameter already exists. To overwrite this value, set the overwrite "
                   "option in the request to true.");
  }
  Json& versions = world["parameter_versions"][name];
  if (versions.is_null()) versions = stored.is_null() ? Json::array() : Json::array({stored});
  stored = request.required("value");
  versions.push_back(stored);
  return {{"Version", versions.size()}, {"Tier", "Standard"}};
}

Json delete_parameter(World& world, const Request& request) {
  if (world["parameter_versions"].is_object()) world["parameter_versions"].erase(request.required("name"));
  if (world["ssm"].erase(request.required("name")) == 0) throw AwsError("ParameterNotFound", "");
  return nullptr;
}

Json secret(World& world, const Request& request) {
  const std::string id = request.required("secret-id");
  for (const auto& [key, resource] : world["resources"].items()) {
    if (resource["type"] != "AWS::SecretsManager::Secret") continue;
    const std::string arn = resource["id"];
    const std::string with_suffix = arn.substr(arn.find(":secret:") + 8);
    const std::string name = with_suffix.substr(0, with_suffix.rfind('-'));
    if (arn == id || name == id) {
      return {{"ARN", arn},
              {"Name", name},
              {"CreatedDate", resource["created"]},
              {"LastChangedDate", resource["created"]},
              {"Tags", tags_of(world, resource)}};
    }
  }
  throw AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
}

Json log_groups(World& world, const Request& request) {
  const std::string prefix = request.text("log-group-name-prefix").value_or("");
  Json out = {{"logGroups", Json::array()}};
  for (const Json& group : converted(world, "AWS::Logs::LogGroup", [](World&, const Json& r) -> Json {
         Json shown = {{"logGroupName", r["id"]},
                       {"arn", r["attributes"]["Arn"]},
                       {"creationTime", 1767225600000},
                       {"storedBytes", 0},
                       {"metricFilterCount", 0}};
         const Json& days = get(r["properties"], "RetentionInDays");
         if (!days.is_null()) shown["retentionInDays"] = days;
         return shown;
       })) {
    if (text_of(group["logGroupName"]).starts_with(prefix)) out["logGroups"].push_back(group);
  }
  return paginate(request, out, "logGroups");
}

Json* find_log_group(World& world, const std::string& name) {
  for (auto& [key, resource] : world["resources"].items()) {
    if (resource["type"] == "AWS::Logs::LogGroup" && resource["id"] == name) return &resource;
  }
  return nullptr;
}

Json log_group_tags(World& world, const Request& request) {
  const std::string arn = request.required("resource-arn");
  const Json* group = find_log_group(world, arn.substr(arn.rfind(":log-group:") + 11));
  if (group == nullptr) throw AwsError("ResourceNotFoundException", "The specified resource does not exist.");
  Json tags = Json::object();
  for (const Json& tag : tags_of(world, *group)) tags[text_of(tag.at("Key"))] = tag.at("Value");
  return {{"tags", tags}};
}

Json delete_log_group(World& world, const Request& request) {
  const std::string name = request.required("log-group-name");
  if (find_log_group(world, name) == nullptr)
    throw AwsError("ResourceNotFoundException", "The specified log group does not exist.");
  world["resources"].erase(name);
  return nullptr;
}

Json roles_of(World& world) {
  Json roles = world["iam"].contains("Roles") ? world["iam"]["Roles"] : Json::array();
  for (const Json& role : converted(world, "AWS::IAM::Role", [](World&, const Json& r) -> Json {
         const Json& path = get(r["properties"], "Path");
         return {{"RoleName", r["id"]},
                 {"Path", path.is_null() ? Json("/") : path},
                 {"Arn", r["attributes"]["Arn"]},
                 {"RoleId", r["attributes"]["RoleId"]},
                 {"CreateDate", r["created"]},
                 {"AssumeRolePolicyDocument", get(r["properties"], "AssumeRolePolicyDocument").dump()}};
       })) {
    roles.push_back(role);
  }
  return roles;
}

/// The command line shows policy documents as JSON.
Json shown_role(Json role) {
  if (role["AssumeRolePolicyDocument"].is_string())
    role["AssumeRolePolicyDocument"] = Json::parse(text_of(role["AssumeRolePolicyDocument"]));
  return role;
}

Json role(World& world, const Request& request) {
  const std::string name = request.required("role-name");
  for (const Json& each : roles_of(world)) {
    if (each["RoleName"] == name) return {{"Role", shown_role(each)}};
  }
  throw AwsError("NoSuchEntity", format("The role with name {} cannot be found.", name));
}

Json roles(World& world, const Request& request) {
  Json out = {{"Roles", Json::array()}};
  const std::string prefix = request.text("path-prefix").value_or("/");
  for (const Json& each : roles_of(world)) {
    if (text_of(each["Path"]).starts_with(prefix)) out["Roles"].push_back(shown_role(each));
  }
  return paginate(request, out, "Roles");
}

}  // namespace

void add_account(Commands& commands) {
  commands["sts.get-caller-identity"] = identity;
  commands["service-quotas.get-service-quota"] = quota;
  commands["service-quotas.list-service-quotas"] = quotas;
  commands["ssm.get-parameter"] = parameter;
  commands["ssm.put-parameter"] = put_parameter;
  commands["ssm.delete-parameter"] = delete_parameter;
  commands["secretsmanager.describe-secret"] = secret;
  commands["logs.describe-log-groups"] = log_groups;
  commands["logs.list-tags-for-resource"] = log_group_tags;
  commands["logs.delete-log-group"] = delete_log_group;
  commands["iam.get-role"] = role;
  commands["iam.list-roles"] = roles;
}

}  // namespace scripted_aws
