#pragma once

#include <string>
#include <vector>

#include "trireme/catalog/network_card.h"
#include "trireme/cloud/model/fact.h"

namespace trireme::cloud {

/// What launches instances; some services take other types, and name them otherwise.
enum class NodeService { kEc2, kHyperPod };

/// Where the instances come from.
struct CapacitySource {
  Text kind;  // on-demand, spot, reservation, reservation-group, block, training-plan
  Text id;
  SourceLocation where;
  bool maybe_empty = false;  // a target that names nothing when its parameters are left out
  bool twice = false;        // given at two levels
};

/// Instances that are alike: a queue's compute resource, a launch template, a node group.
struct NodeModel {
  std::string name;  // as findings call it: "nodes.gpu", "Resources.LaunchTemplate"
  SourceLocation where;
  NodeService service = NodeService::kEc2;
  std::string role;  // controller, login, worker; empty: not said
  std::vector<Text> instances;
  Fact<int64_t> count, max_count;
  Fact<bool> efa;
  Facts<catalog::NetworkInterface> interfaces;
  bool has_interfaces = false;  // it lists them
  Fact<bool> placement_group;
  CapacitySource capacity;
  Facts<Link> subnets, groups;
  Text zone;  // id, where the file says it beside the subnets
  Fact<bool> public_ip;
  Text elastic_ip;           // "new", or the id of one that exists; absent: none
  std::vector<Text> images;  // each that it may start from
  Text image_type;           // AWS Batch: ECS_AL2023_NVIDIA, …
  Text os;
  Fact<bool> imds_tokens;  // IMDSv2 is required
  Text ssh_from;           // addresses that may reach SSH
  Text allocation;         // AWS Batch's allocation strategy
  std::vector<Text> scripts;
};

}  // namespace trireme::cloud
