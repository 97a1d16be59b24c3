#include "trireme/cloud/targets/network/security_groups.h"

#include <algorithm>

#include "trireme/cloud/targets/contracts.h"
#include "trireme/cloud/targets/network/network.h"

namespace trireme::cloud::network {

namespace {

struct Ports {
  const char* name;
  const char* protocol;
  int first, last;
};

/// "File System Access Control with Amazon VPC", FSx for Lustre User Guide.
constexpr Ports kLustrePorts[] = {{"Lustre", "tcp", 988, 988}, {"LustreClients", "tcp", 1018, 1023}};
/// "File system access control with Amazon VPC", FSx for OpenZFS User Guide.
constexpr Ports kNfsPorts[] = {{"Rpc", "tcp", 111, 111},       {"RpcUdp", "udp", 111, 111},
                               {"Nfs", "tcp", 2049, 2049},     {"NfsUdp", "udp", 2049, 2049},
                               {"Mount", "tcp", 20001, 20003}, {"MountUdp", "udp", 20001, 20003}};

bool creates(const Cluster& cluster, const std::string& kind) {
  return std::any_of(cluster.storage.begin(), cluster.storage.end(),
                     [&](const Storage& storage) { return storage.kind == kind && storage.id.empty(); });
}

/// VPC of the stack itself, when this stack makes it.
Value vpc_here(const Cluster& cluster) {
  if (cluster.network.adopted()) return cluster.network.vpc;
  return Handle<VpcKind>{"Vpc"}.id();
}

/// EFA needs a group whose members may send each other everything, both ways by rules that name the group itself:
/// "Get started with EFA", step 1, EC2 User Guide. An outbound rule to 0.0.0.0/0 does not stand in for the second.
SecurityGroupId add_node_group(Stack& stack, const Cluster& cluster) {
  const auto group = stack.add<SecurityGroupKind>(
      "NodeSecurityGroup", "AWS::EC2::SecurityGroup",
      {{"GroupDescription", "Nodes of " + cluster.name + ": everything between members, out to anywhere"},
       {"VpcId", vpc_here(cluster)},
       {"SecurityGroupEgress",
        List{Map{{"Description", "out to anywhere"}, {"IpProtocol", "-1"}, {"CidrIp", "0.0.0.0/0"}}}},
       {"Tags", name_tag(cluster.name + "-nodes")}});
  const auto id = group.attribute<SecurityGroupKind>("GroupId");
  stack.add("NodesFromNodes", "AWS::EC2::SecurityGroupIngress",
            {{"Description", "everything from members"},
             {"GroupId", id},
             {"IpProtocol", "-1"},
             {"SourceSecurityGroupId", id}});
  stack.add("NodesToNodes", "AWS::EC2::SecurityGroupEgress",
            {{"Description", "everything to members"},
             {"GroupId", id},
             {"IpProtocol", "-1"},
             {"DestinationSecurityGroupId", id}});
  stack.export_value(contracts::node_group(cluster), id, "Members are the nodes; satisfies EFA");
  return id;
}

void add_storage_group(Stack& stack, const Cluster& cluster, const SecurityGroupId& nodes) {
  const auto group = stack.add<SecurityGroupKind>(
      "StorageSecurityGroup", "AWS::EC2::SecurityGroup",
      {{"GroupDescription", "File systems of " + cluster.name},
       {"VpcId", vpc_here(cluster)},
       // Without a rule of its own a group may send anything anywhere.
       {"SecurityGroupEgress",
        List{Map{
            {"Description", "answers within the group's own host"}, {"IpProtocol", "-1"}, {"CidrIp", "127.0.0.1/32"}}}},
       {"Tags", name_tag(cluster.name + "-storage")}});
  const auto id = group.attribute<SecurityGroupKind>("GroupId");
  const auto open = [&](const Ports& ports, const std::string& whom, const SecurityGroupId& peer) {
    const auto rule = [&](const char* group_key, const std::string& direction) {
      return Map{{"Description", format("{} {} {}", ports.name, direction, whom)},
                 {"GroupId", id},
                 {"IpProtocol", ports.protocol},
                 {"FromPort", ports.first},
                 {"ToPort", ports.last},
                 {group_key, peer}};
    };
    const std::string name = ports.name + camel_case(whom);
    stack.add(name + "In", "AWS::EC2::SecurityGroupIngress", rule("SourceSecurityGroupId", "from"));
    stack.add(name + "Out", "AWS::EC2::SecurityGroupEgress", rule("DestinationSecurityGroupId", "to"));
  };
  if (creates(cluster, "lustre")) {
    for (const Ports& ports : kLustrePorts) {
      open(ports, "nodes", nodes);
      open(ports, "servers", id);
    }
  }
  if (creates(cluster, "openzfs")) {
    for (const Ports& ports : kNfsPorts) open(ports, "nodes", nodes);
  }
  stack.export_value(contracts::storage_group(cluster), id, "Members are the file systems");
}

}  // namespace

void add_security_groups(Stack& stack, const Cluster& cluster) {
  const std::string& adopted = cluster.network.security_group;
  const SecurityGroupId nodes = adopted.empty() ? add_node_group(stack, cluster) : SecurityGroupId(adopted);
  if (creates(cluster, "lustre") || creates(cluster, "openzfs")) add_storage_group(stack, cluster, nodes);
}

}  // namespace trireme::cloud::network
