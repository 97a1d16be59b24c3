#include <algorithm>

#include "trireme/catalog/region.h"
#include "trireme/cloud/lower/template_resources.h"

namespace trireme::cloud {

namespace {

GroupRule rule_of(const Entry& entry, bool ingress) {
  GroupRule rule;
  rule.where = entry.where();
  rule.ingress = ingress;
  rule.protocol = entry["IpProtocol"].text();
  rule.from_port = entry["FromPort"].integer();
  rule.to_port = entry["ToPort"].integer();
  rule.peer_group = entry[ingress ? "SourceSecurityGroupId" : "DestinationSecurityGroupId"].link();
  rule.peer_cidr = entry["CidrIp"].text();
  return rule;
}

void add_inline_rules(const Entry& properties, const char* key, bool ingress, SecurityGroup& group) {
  const Entry rules = properties[key];
  if (rules.unknown()) group.incomplete = true;
  for (const Entry& entry : rules.items()) {
    if (entry.unknown()) {
      group.incomplete = true;
    } else {
      group.rules.push_back(rule_of(entry, ingress));
    }
  }
}

void add_groups(const TemplateParts& parts, NetworkModel& network) {
  parts.each("AWS::EC2::SecurityGroup", [&](const LoweredResource& resource) {
    SecurityGroup group{resource.link(), resource.where(), {}, resource.entry()["SecurityGroupEgress"].absent(), false};
    group.where = resource.properties.where;
    add_inline_rules(resource.entry(), "SecurityGroupIngress", true, group);
    add_inline_rules(resource.entry(), "SecurityGroupEgress", false, group);
    network.groups.push_back(std::move(group));
  });
  for (const bool ingress : {true, false}) {
    parts.each(ingress ? "AWS::EC2::SecurityGroupIngress" : "AWS::EC2::SecurityGroupEgress",
               [&](const LoweredResource& resource) {
                 const auto owner = resource.entry()["GroupId"].link();
                 for (SecurityGroup& group : network.groups) {
                   if (!owner) {
                     group.incomplete = true;
                   } else if (*owner == group.id) {
                     group.rules.push_back(rule_of(resource.entry(), ingress));
                     if (!ingress) group.default_egress = false;
                   }
                 }
               });
  }
}

void add_vpcs(const TemplateParts& parts, NetworkModel& network) {
  parts.each("AWS::EC2::VPC", [&](const LoweredResource& resource) {
    const bool pooled = !resource.entry()["Ipv4IpamPoolId"].absent();
    network.vpcs.push_back(
        {resource.link(), resource.properties.where, resource.entry()["CidrBlock"].text(), {}, pooled});
  });
  parts.each("AWS::EC2::VPCCidrBlock", [&](const LoweredResource& resource) {
    const auto owner = resource.entry()["VpcId"].link();
    const Text block = resource.entry()["CidrBlock"].text();
    for (Vpc& vpc : network.vpcs) {
      if (owner && !(*owner == vpc.id)) continue;
      if (owner && block) {
        vpc.secondary.push_back(block);
      } else {
        vpc.incomplete = true;
      }
    }
  });
  parts.each("AWS::EC2::Subnet", [&](const LoweredResource& resource) {
    const Entry properties = resource.entry();
    Text zone = properties["AvailabilityZoneId"].text();
    if (zone.absent()) zone = properties["AvailabilityZone"].text();
    network.subnets.push_back({resource.link(), resource.properties.where, properties["VpcId"].link(),
                               properties["CidrBlock"].text(), zone,
                               or_default(properties["MapPublicIpOnLaunch"].boolean(), false)});
  });
}

/// The region in a service's name: "com.amazonaws.us-east-2.s3".
Text region_in(const Text& service) {
  if (!service) return {};
  for (const catalog::Region& region : catalog::regions()) {
    if (service->find("." + region.name + ".") != std::string::npos) return {region.name, service.where, false};
  }
  return {};
}

void add_routes(const TemplateParts& parts, NetworkModel& network) {
  parts.each("AWS::EC2::RouteTable", [&](const LoweredResource& resource) {
    network.tables.push_back(
        {resource.link(), resource.properties.where, resource.entry()["VpcId"].link(), {}, resource.conditional});
  });
  parts.each("AWS::EC2::SubnetRouteTableAssociation", [&](const LoweredResource& resource) {
    const auto table = resource.entry()["RouteTableId"].link();
    const auto subnet = resource.entry()["SubnetId"].link();
    for (RouteTable& each : network.tables) {
      if (table && subnet && each.id == *table) each.subnets.push_back(*subnet);
    }
  });
  parts.each("AWS::EC2::Route", [&](const LoweredResource& resource) {
    const Entry properties = resource.entry();
    const bool internet = !properties["GatewayId"].absent() || !properties["NatGatewayId"].absent();
    network.routes.push_back({resource.link(), resource.properties.where, properties["RouteTableId"].link(),
                              properties["DestinationCidrBlock"].text(), internet, resource.conditional});
    network.incomplete = network.incomplete || properties["RouteTableId"].unknown();
  });
}

}  // namespace

void lower_network_resources(const TemplateParts& parts, NetworkModel& network) {
  add_vpcs(parts, network);
  add_groups(parts, network);
  add_routes(parts, network);
  parts.each("AWS::EC2::NatGateway", [&](const LoweredResource& resource) {
    const Entry properties = resource.entry();
    network.nats.push_back({resource.link(), resource.properties.where, properties["AllocationId"].link(),
                            properties["ConnectivityType"].text().is("private")});
  });
  parts.each("AWS::EC2::EIP", [&](const LoweredResource& resource) {
    if (resource.conditional) return;
    if (network.addresses++ == 0) network.addresses_where = resource.properties.where;
  });
  parts.each("AWS::EC2::VPCEndpoint", [&](const LoweredResource& resource) {
    const Text type = resource.entry()["VpcEndpointType"].text();
    if (!type.is("Gateway") && !type.absent()) network.has_interface_endpoints = true;
    const Text service = resource.entry()["ServiceName"].text();
    if (network.region.absent()) network.region = region_in(service);
  });
}

}  // namespace trireme::cloud
