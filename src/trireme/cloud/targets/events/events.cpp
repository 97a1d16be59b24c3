#include "trireme/cloud/targets/events/events.h"

#include "trireme/cloud/targets/batch/job.h"
#include "trireme/cloud/targets/contracts.h"
#include "trireme/cloud/template/policy.h"

namespace trireme::cloud::events {

namespace {

/// What EventBridge picks out of an event ("$.detail…") and the line of mail made of it, with <names> of the former.
struct Notice {
  std::string logical_id;
  std::string source;
  std::string detail_type;
  Map detail;  // further filter; empty: none
  Map fields;
  std::string line;
};

Map only(const std::string& key, const std::vector<std::string>& values) { return {{key, list_of(values)}}; }

/// The three detail types of "Event notifications for SageMaker HyperPod", Amazon SageMaker AI Developer Guide.
std::vector<Notice> hyperpod_notices(const std::vector<std::string>& clusters) {
  const Map filter = only("ClusterName", clusters);
  return {{"HyperPodClusterState",
           "aws.sagemaker",
           "SageMaker HyperPod Cluster State Change",
           filter,
           {{"cluster", "$.detail.ClusterName"},
            {"status", "$.detail.ClusterStatus"},
            {"groups", "$.detail.InstanceGroups"}},
           "HyperPod cluster <cluster> is <status>. Instance groups: <groups>"},
          {"HyperPodNodeHealth",
           "aws.sagemaker",
           "SageMaker HyperPod Cluster Node Health Event",
           filter,
           {{"cluster", "$.detail.ClusterName"},
            {"node", "$.detail.InstanceId"},
            {"status", "$.detail.HealthSummary.HealthStatus"},
            {"reason", "$.detail.HealthSummary.HealthStatusReason"},
            {"repair", "$.detail.HealthSummary.RepairAction"},
            {"advice", "$.detail.HealthSummary.Recommendation"}},
           "HyperPod cluster <cluster>, node <node>: <status>, <reason>. Repair: <repair>. <advice>"},
          {"HyperPodClusterEvent",
           "aws.sagemaker",
           "SageMaker HyperPod Cluster Event",
           {{"EventDetails", only("ClusterName", clusters)}},
           {{"cluster", "$.detail.EventDetails.ClusterName"},
            {"kind", "$.detail.EventDetails.ResourceType"},
            {"group", "$.detail.EventDetails.InstanceGroupName"},
            {"node", "$.detail.EventDetails.InstanceId"},
            {"text", "$.detail.EventDetails.Description"}},
           "HyperPod cluster <cluster>, <kind> <group> <node>: <text>"}};
}

std::vector<Notice> notices(const Cluster& cluster) {
  std::vector<Notice> all;
  if (!cluster.monitoring.hyperpod.empty()) all = hyperpod_notices(cluster.monitoring.hyperpod);
  for (const NodeGroup& group : cluster.nodes) {
    if (group.capacity.kind != "block") continue;
    // "Monitor Capacity Blocks using EventBridge", EC2 User Guide.
    all.push_back({"BlockEnds" + camel_case(group.name),
                   "aws.ec2",
                   "Capacity Block Reservation Expiration Warning",
                   only("capacity-reservation-id", {group.capacity.id}),
                   {{"id", "$.detail.capacity-reservation-id"}, {"end", "$.detail.end-date"}},
                   "Capacity block <id> of " + group.name + " ends at <end>: save and stop"});
  }
  if (cluster.on("batch")) {
    List queues;
    for (const NodeGroup* group : cluster.with_role("worker")) {
      queues.emplace_back(arn_here("batch", "job-queue/" + batch::queue_name(cluster, *group)));
    }
    // "Amazon Batch events for Amazon EventBridge", AWS Batch User Guide.
    all.push_back({"JobFailed",
                   "aws.batch",
                   "Batch Job State Change",
                   {{"status", List{"FAILED"}}, {"jobQueue", std::move(queues)}},
                   {{"job", "$.detail.jobName"}, {"id", "$.detail.jobId"}, {"reason", "$.detail.statusReason"}},
                   "Batch job <job> (<id>) failed: <reason>"});
  }
  return all;
}

Name add_topic(Stack& stack, const Cluster& cluster) {
  const auto topic =
      stack.add<NameKind>("Topic", "AWS::SNS::Topic",
                          {{"DisplayName", cluster.name + " events"},
                           {"Subscription", List{Map{{"Protocol", "email"}, {"Endpoint", cluster.monitoring.email}}}}});
  stack.add(
      "TopicPolicy", "AWS::SNS::TopicPolicy",
      {{"Topics", List{topic.id()}},
       {"PolicyDocument", policy_document({statement(
                              "Allow", {"sns:Publish"}, topic.id(),
                              {{"Principal", Map{{"Service", "events.amazonaws.com"}}},
                               {"Condition", Map{{"StringEquals", Map{{"aws:SourceAccount", Text::account()}}}}}})})}});
  return topic.id();
}

Arn add_undelivered(Stack& stack) {
  const auto queue = stack.add<NameKind>("Undelivered", "AWS::SQS::Queue",
                                         {{"SqsManagedSseEnabled", true}, {"MessageRetentionPeriod", 14 * 24 * 3600}});
  const auto arn = queue.attribute<ArnKind>("Arn");
  stack.add(
      "UndeliveredPolicy", "AWS::SQS::QueuePolicy",
      {{"Queues", List{queue.id()}},
       {"PolicyDocument", policy_document({statement(
                              "Allow", {"sqs:SendMessage"}, arn,
                              {{"Principal", Map{{"Service", "events.amazonaws.com"}}},
                               {"Condition", Map{{"StringEquals", Map{{"aws:SourceAccount", Text::account()}}}}}})})}});
  return arn;
}

}  // namespace

bool applies(const Cluster& cluster) { return !cluster.monitoring.email.empty() && !notices(cluster).empty(); }

void render(Synthesis& synthesis) {
  const Cluster& cluster = synthesis.cluster();
  Stack stack(contracts::stack_name(cluster, "events"), "Mail about the cluster " + cluster.name);
  const Name topic = add_topic(stack, cluster);
  const Arn undelivered = add_undelivered(stack);
  for (const Notice& notice : notices(cluster)) {
    Map pattern = {{"source", List{notice.source}}, {"detail-type", List{notice.detail_type}}};
    if (!notice.detail.empty()) pattern.push_back({"detail", notice.detail});
    stack.add(notice.logical_id, "AWS::Events::Rule",
              {{"Description", notice.detail_type},
               {"EventPattern", std::move(pattern)},
               {"Targets", List{Map{{"Id", "Mail"},
                                    {"Arn", topic},
                                    {"DeadLetterConfig", Map{{"Arn", undelivered}}},
                                    {"InputTransformer", Map{{"InputPathsMap", notice.fields},
                                                             {"InputTemplate", "\"" + notice.line + "\""}}}}}}});
  }
  synthesis.add_stack(stack);
}

}  // namespace trireme::cloud::events
