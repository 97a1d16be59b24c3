#include "trireme/cloud/targets/parallelcluster/node_settings.h"

#include <sstream>

#include "trireme/cloud/targets/contracts.h"

namespace trireme::cloud::parallelcluster {

namespace {

/// "s3://… ARG…" or "https://… ARG…" as ParallelCluster wants it.
Map custom_action(const std::string& command) {
  std::istringstream words(command);
  std::string script;
  words >> script;
  List arguments;
  for (std::string word; words >> word;) arguments.emplace_back(word);
  Map action = {{"Script", script}};
  if (!arguments.empty()) action.push_back({"Args", std::move(arguments)});
  return action;
}

}  // namespace

Map NodeSettings::ssh(bool with_key) const {
  const Access& access = cluster_.access;
  Map ssh;
  if (with_key && !access.key_pair.empty()) ssh.push_back({"KeyName", access.key_pair});
  ssh.push_back({"AllowedIps", access.ssh_from.empty() ? "127.0.0.1/32" : access.ssh_from});
  return ssh;
}

Map NodeSettings::iam(bool with_buckets) const {
  List policies;
  for (const char* name : {"AmazonSSMManagedInstanceCore", "AmazonEC2ContainerRegistryReadOnly"}) {
    policies.emplace_back(Map{{"Policy", format("arn:{}:iam::aws:policy/{}", region_.partition, name)}});
  }
  Map iam = {{"AdditionalIamPolicies", std::move(policies)}};
  List buckets;
  for (const Storage& storage : cluster_.storage) {
    if (storage.kind != "bucket") continue;
    const Text name =
        storage.id.empty() ? contracts::bucket(cluster_, storage.name).imported().text() : Text(storage.id);
    buckets.emplace_back(Map{{"BucketName", name}, {"EnableWriteAccess", true}});
  }
  if (with_buckets && !buckets.empty()) iam.push_back({"S3Access", std::move(buckets)});
  return iam;
}

Map NodeSettings::setup(const NodeGroup& group) {
  List actions;
  for (const std::string& command : group.setup) actions.emplace_back(custom_action(command));
  return {{"OnNodeConfigured", Map{{"Sequence", std::move(actions)}}}};
}

}  // namespace trireme::cloud::parallelcluster
