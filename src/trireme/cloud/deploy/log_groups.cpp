#include "trireme/cloud/deploy/log_groups.h"

namespace trireme::cloud {

namespace {

/// ARN that tags go by: without the ":*" that stands for the group's streams.
std::string arn_of(const Json& group) {
  std::string arn = group.at("arn");
  if (arn.size() > 2 && arn.compare(arn.size() - 2, 2, ":*") == 0) arn.resize(arn.size() - 2);
  return arn;
}

bool is_of(const Aws& aws, const Cluster& cluster, const Json& group) {
  const auto answer = aws.find("logs", "list-tags-for-resource", {{"resourceArn", arn_of(group)}});
  return answer && answer->value("tags", Json::object()).value("trireme:cluster", "") == cluster.name;
}

}  // namespace

std::vector<std::string> log_groups_of(const Aws& aws, const Cluster& cluster) {
  std::vector<std::string> names;
  for (const std::string prefix : {"", "/aws/parallelcluster/"}) {
    const Json answer = aws.call("logs", "describe-log-groups", {{"logGroupNamePrefix", prefix + cluster.name + "-"}});
    for (const Json& group : answer.at("logGroups")) {
      if (is_of(aws, cluster, group)) names.push_back(group.at("logGroupName"));
    }
  }
  return names;
}

void delete_log_group(const Aws& aws, const std::string& name) {
  aws.find("logs", "delete-log-group", {{"logGroupName", name}});
}

}  // namespace trireme::cloud
