#include "trireme/cloud/deploy/pcluster_leftovers.h"

#include <algorithm>

namespace trireme::cloud {

namespace {

std::string tag(const Json& stack, const std::string& key) {
  for (const Json& each : stack.value("Tags", Json::array())) {
    if (each.at("Key") == key) return each.at("Value");
  }
  return "";
}

/// ParallelCluster names its stack as the cluster; the stacks nested in it have the same tags.
bool is_pcluster_of(const Json& stack, const Cluster& cluster) {
  return !tag(stack, "parallelcluster:version").empty() && tag(stack, "trireme:cluster") == cluster.name &&
         !stack.contains("RootId");
}

}  // namespace

std::vector<std::string> pcluster_leftovers(const Aws& aws, const Cluster& cluster,
                                            const std::vector<SynthFile>& files) {
  const bool described =
      std::any_of(files.begin(), files.end(), [](const SynthFile& file) { return file.kind == "pcluster"; });
  std::vector<std::string> names;
  const Json answer = aws.call("cloudformation", "describe-stacks", Json::object(), "Stacks");
  for (const Json& stack : answer.at("Stacks")) {
    const std::string name = stack.at("StackName");
    if (is_pcluster_of(stack, cluster) && !(described && name == cluster.name)) names.push_back(name);
  }
  return names;
}

}  // namespace trireme::cloud
