#include "trireme/cloud/lower/cloudformation.h"

#include <algorithm>

#include "trireme/cloud/lower/batch_job.h"
#include "trireme/cloud/lower/scripts.h"
#include "trireme/cloud/lower/template_resources.h"
#include "trireme/cloud/lower/walk.h"
#include "trireme/config/access.h"
#include "trireme/core/error.h"

namespace trireme::cloud {

namespace {

const config::Table& section(const config::Table& root, std::string_view name) {
  static const config::Table kNone;
  const config::Table* table = config::as_table(config::find(root, name));
  return table == nullptr ? kNone : *table;
}

/// Properties that name a resource for people and APIs.
Text physical_name(const std::string& type, const Entry& properties) {
  for (const char* key : {"BucketName",
                          "RoleName",
                          "GroupName",
                          "LogGroupName",
                          "FunctionName",
                          "DBClusterIdentifier",
                          "DBSubnetGroupName",
                          "InstanceProfileName",
                          "PolicyName",
                          "ManagedPolicyName",
                          "Name",
                          "JobDefinitionName",
                          "ComputeEnvironmentName",
                          "JobQueueName",
                          "RepositoryName",
                          "LaunchTemplateName",
                          "ClusterName",
                          "TopicName",
                          "QueueName",
                          "AliasName"}) {
    // A flow log names the group of another resource.
    if (type == "AWS::EC2::FlowLog") break;
    if (Text name = properties[key].text(); !name.absent()) return name;
  }
  return {};
}

StackModel read_stack(const config::Table& root, const std::string& file, size_t bytes) {
  StackModel stack;
  stack.file = file;
  stack.bytes = bytes;
  for (const config::Member& member : section(root, "Parameters")) {
    const Entry declared(member.value);
    Parameter parameter{
        member.key, member.where, declared["Type"].text().value.value_or("String"), declared["Default"].text(), {},
        false,      false};
    for (const Text& value : declared["AllowedValues"].texts().items) parameter.allowed.push_back(*value);
    parameter.no_echo = declared["NoEcho"].boolean().is(true);
    stack.parameters.push_back(std::move(parameter));
  }
  for (const config::Member& member : section(root, "Conditions")) stack.conditions.insert(member.key);
  for (const config::Member& member : section(root, "Resources")) {
    const Entry resource(member.value);
    Resource& read = stack.resources[member.key];
    read.name = member.key;
    read.type = resource["Type"].text().value.value_or("");
    read.where = member.where;
    read.deletion_policy = resource["DeletionPolicy"].text();
  }
  stack.outputs = section(root, "Outputs").size();
  stack.has_rules = !section(root, "Rules").empty();
  stack.expands = config::find(root, "Transform") != nullptr;
  for (const auto& [name, resource] : stack.resources) {
    const bool module = resource.type.find("::MODULE") != std::string::npos;
    stack.expands = stack.expands || module || name.rfind("Fn::", 0) == 0;
  }
  return stack;
}

void add_names(const TemplateParts& parts, Model& model) {
  const auto add = [&](const char* type, const char* key, const char* kind) {
    parts.each(type, [&](const LoweredResource& resource) {
      const Text name = resource.entry()[key].text();
      if (!name.absent()) model.names.push_back({kind, name});
    });
  };
  add("AWS::S3::Bucket", "BucketName", "bucket");
  add("AWS::IAM::Role", "RoleName", "role");
  add("AWS::SageMaker::Cluster", "ClusterName", "hyperpod-cluster");
  add("AWS::EC2::SecurityGroup", "GroupName", "security-group");
  add("AWS::RDS::DBCluster", "DBClusterIdentifier", "database");
}

/// Scripts in strings: user data, start scripts, container commands.
void add_scripts(Model& model) {
  for (const Literal& literal : model.stacks.front().literals) add_script_text(literal.text, model);
}

/// A job that names no instance type runs on what the template's compute environments have.
void place_jobs(Model& model) {
  std::vector<Text> instances;
  for (const NodeModel& node : model.nodes) {
    instances.insert(instances.end(), node.instances.begin(), node.instances.end());
  }
  if (instances.size() != 1) return;
  for (ContainerJob& job : model.jobs) {
    if (job.instance.absent()) job.instance = instances.front();
  }
  for (SoftwareModel& software : model.software) {
    if (software.instance.absent()) software.instance = instances.front();
  }
  for (Setting& setting : model.settings) {
    if (setting.instance.absent()) setting.instance = instances.front();
  }
}

}  // namespace

Model lower_cloudformation(const config::Value& document, const std::string& file, const Assignment& given,
                           size_t bytes) {
  const config::Table* root = config::as_table(&document);
  if (root == nullptr) throw ConfigError(file + ": a template is a table with Resources");
  const Resolver resolver(*root, given);
  const Conditions conditions(*root, given);
  Model model;
  model.file = file;
  model.kind = "cloudformation";
  model.stacks.push_back(read_stack(*root, file, bytes));
  StackModel& stack = model.stacks.front();
  walk_template(*root, resolver, conditions, stack);

  TemplateParts parts{resolver, {}};
  for (const config::Member& member : section(*root, "Resources")) {
    const Entry raw(member.value);
    LoweredResource resource{member.key,
                             stack.resources[member.key].type,
                             raw,
                             {config::Table{}, member.where, {}},
                             !raw["Condition"].absent()};
    resource.raw = raw;
    if (const config::Value* properties = raw["Properties"].value())
      resource.properties = resolver.resolve(*properties);
    // What lacks a property is blamed on the line of the resource's name.
    resource.properties.where = member.where;
    stack.resources[member.key].physical_name = physical_name(resource.type, resource.entry());
    parts.resources.push_back(std::move(resource));
  }
  lower_network_resources(parts, model.network);
  lower_node_resources(parts, model);
  lower_data_resources(parts, model);
  lower_policy_resources(parts, stack);
  parts.each("AWS::Batch::JobDefinition", [&](const LoweredResource& resource) {
    add_batch_job(resource.entry(), KeyCase::kUpper, resource.label(), model);
  });
  place_jobs(model);
  add_names(parts, model);
  add_scripts(model);
  return model;
}

}  // namespace trireme::cloud
