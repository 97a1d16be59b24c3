#include "trireme/cloud/targets/network/flow_logs.h"

#include "trireme/cloud/template/policy.h"

namespace trireme::cloud::network {

void add_flow_logs(Stack& stack, const Cluster& cluster, const VpcId& vpc) {
  if (cluster.network.flow_log_days == 0) return;
  const auto group =
      stack.add<NameKind>("FlowLogGroup", "AWS::Logs::LogGroup", {{"RetentionInDays", cluster.network.flow_log_days}});
  const auto group_arn = group.attribute<ArnKind>("Arn");
  const auto role = stack.add<NameKind>(
      "FlowLogRole", "AWS::IAM::Role",
      {{"AssumeRolePolicyDocument", trust_policy("vpc-flow-logs", /*for_this_account=*/true)},
       {"Policies", List{Map{{"PolicyName", "WriteFlowLogs"},
                             {"PolicyDocument",
                              policy_document({statement(
                                  "Allow", {"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"},
                                  group_arn)})}}}}});
  stack.add("FlowLog", "AWS::EC2::FlowLog",
            {{"ResourceType", "VPC"},
             {"ResourceId", vpc},
             {"TrafficType", "ALL"},
             {"LogDestinationType", "cloud-watch-logs"},
             {"LogGroupName", group.id()},
             {"DeliverLogsPermissionArn", role.attribute<ArnKind>("Arn")}});
}

}  // namespace trireme::cloud::network
