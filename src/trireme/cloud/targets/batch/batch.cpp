#include "trireme/cloud/targets/batch/batch.h"

#include "trireme/cloud/targets/batch/job.h"
#include "trireme/cloud/targets/batch/launch_template.h"
#include "trireme/cloud/targets/contracts.h"
#include "trireme/cloud/targets/network/network.h"
#include "trireme/cloud/targets/nodes.h"
#include "trireme/cloud/template/policy.h"

namespace trireme::cloud::batch {

namespace {

Arn add_instance_profile(Stack& stack) {
  const auto role = stack.add<NameKind>(
      "InstanceRole", "AWS::IAM::Role",
      {{"AssumeRolePolicyDocument", trust_policy("ec2", /*for_this_account=*/false)},
       {"ManagedPolicyArns", List{managed_policy("service-role/AmazonEC2ContainerServiceforEC2Role"),
                                  managed_policy("AmazonSSMManagedInstanceCore")}}});
  const auto profile =
      stack.add<NameKind>("InstanceProfile", "AWS::IAM::InstanceProfile", {{"Roles", List{role.id()}}});
  return profile.attribute<ArnKind>("Arn");
}

/// The image that AWS keeps for the accelerator: "Amazon ECS-optimized Linux AMIs", Amazon ECS Developer Guide.
std::string image_type(const catalog::InstanceType& type) {
  if (type.accelerators.maker == "nvidia") return "ECS_AL2023_NVIDIA";
  return type.accelerators.maker == "aws" ? "ECS_AL2023_NEURON" : "ECS_AL2023";
}

Map image(const Cluster& cluster, const NodeGroup& group) {
  Map image = {{"ImageType", image_type(type_of(group))}};
  const std::string& id = group.image.empty() ? cluster.image.id : group.image;
  if (!id.empty()) image.push_back({"ImageIdOverride", id});
  return image;
}

Map compute_resources(const Cluster& cluster, const NodeGroup& group, const Handle<NameKind>& launch_template,
                      const Arn& profile, Stack& stack) {
  const int64_t vcpus = type_of(group).vcpus;
  const bool spot = group.capacity.kind == "spot";
  Map resources = {{"Type", spot ? "SPOT" : "EC2"},
                   {"AllocationStrategy", spot ? "SPOT_PRICE_CAPACITY_OPTIMIZED" : "BEST_FIT_PROGRESSIVE"},
                   {"MinvCpus", group.count == group.most() ? Value(0) : Value(group.count * vcpus)},
                   {"MaxvCpus", group.most() * vcpus},
                   {"InstanceTypes", List{group.instance}},
                   {"InstanceRole", profile},
                   {"Subnets", List{network::worker_subnet(cluster)}},
                   {"Ec2Configuration", List{image(cluster, group)}},
                   {"LaunchTemplate", Map{{"LaunchTemplateId", launch_template.id()},
                                          {"Version", launch_template.attribute("LatestVersionNumber")}}},
                   {"UpdateToLatestImageVersion", true}};
  if (wants_placement_group(group)) {
    const auto placement = stack.add<NameKind>("Placement" + camel_case(group.name), "AWS::EC2::PlacementGroup",
                                               {{"Strategy", "cluster"}});
    resources.push_back({"PlacementGroup", placement.id()});
  }
  return resources;
}

bool runs_nccl(const NodeGroup& group) { return type_of(group).accelerators.maker == "nvidia"; }

void add_queue(Stack& stack, const Cluster& cluster, const NodeGroup& group, const Arn& profile) {
  const std::string name = camel_case(group.name);
  const Handle<NameKind> launch_template = add_launch_template(stack, cluster, group);
  const auto environment =
      stack.add<NameKind>("Environment" + name, "AWS::Batch::ComputeEnvironment",
                          {{"Type", "MANAGED"},
                           {"State", "ENABLED"},
                           // Changes are made in place: jobs end, then instances are exchanged.
                           {"ReplaceComputeEnvironment", false},
                           {"UpdatePolicy", Map{{"TerminateJobsOnUpdate", false}, {"JobExecutionTimeoutMinutes", 60}}},
                           {"ComputeResources", compute_resources(cluster, group, launch_template, profile, stack)}});
  stack.add("Queue" + name, "AWS::Batch::JobQueue",
            {{"JobQueueName", queue_name(cluster, group)},
             {"State", "ENABLED"},
             {"Priority", 1},
             {"ComputeEnvironmentOrder", List{Map{{"Order", 1}, {"ComputeEnvironment", environment.id()}}}}});
}

}  // namespace

bool applies(const Cluster& cluster) { return cluster.on("batch"); }

void render(Synthesis& synthesis) {
  const Cluster& cluster = synthesis.cluster();
  Stack stack(contracts::stack_name(cluster, "batch"), "AWS Batch for the cluster " + cluster.name);
  const Arn profile = add_instance_profile(stack);
  const auto log_group = stack.add<NameKind>("JobLogs", "AWS::Logs::LogGroup",
                                             {{"RetentionInDays", cluster.monitoring.log_days}}, {.retain = true});
  for (const NodeGroup* group : cluster.with_role("worker")) {
    add_queue(stack, cluster, *group, profile);
    if (runs_nccl(*group)) add_nccl_job(stack, cluster, *group, log_group.id());
  }
  synthesis.add_stack(stack);
  for (const NodeGroup* group : cluster.with_role("worker")) {
    if (runs_nccl(*group)) synthesis.add_job("nccl-" + group->name + ".json", submit_request(cluster, *group));
  }
}

}  // namespace trireme::cloud::batch
