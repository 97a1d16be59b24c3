#include "trireme/cloud/account/network_lists.h"

namespace trireme::cloud {

namespace {

void add_rules(Json& rules, const Json& permissions, const char* direction) {
  for (const Json& permission : permissions) {
    Json rule = {{"direction", direction}, {"protocol", permission.at("IpProtocol")}};
    if (permission.contains("FromPort")) rule["from_port"] = permission.at("FromPort");
    if (permission.contains("ToPort")) rule["to_port"] = permission.at("ToPort");
    const auto add = [&](const char* list, const char* member, const char* key) {
      for (const Json& peer : permission.value(list, Json::array())) {
        Json with_peer = rule;
        with_peer[key] = peer.at(member);
        rules.push_back(std::move(with_peer));
      }
    };
    add("UserIdGroupPairs", "GroupId", "peer_group");
    add("IpRanges", "CidrIp", "peer_cidr");
    add("Ipv6Ranges", "CidrIpv6", "peer_cidr");
    add("PrefixListIds", "PrefixListId", "peer_prefix_list");
  }
}

const char* way_out(const Json& table) {
  for (const Json& route : table.value("Routes", Json::array())) {
    if (route.value("DestinationCidrBlock", "") != "0.0.0.0/0" || route.value("State", "active") != "active") continue;
    return route.value("GatewayId", "").rfind("igw-", 0) == 0 ? "internet" : "private";
  }
  return "none";
}

}  // namespace

Json route_tables(const Aws& aws) {
  Json rows = Json::array();
  const Json answer = aws.call("ec2", "describe-route-tables");
  for (const Json& each : answer.at("RouteTables")) {
    Json subnets = Json::array();
    bool main = false;
    for (const Json& association : each.value("Associations", Json::array())) {
      main = main || association.value("Main", false);
      if (association.contains("SubnetId")) subnets.push_back(association.at("SubnetId"));
    }
    rows.push_back({{"vpc", each.value("VpcId", "")},
                    {"main", main},
                    {"subnets", std::move(subnets)},
                    {"way_out", way_out(each)}});
  }
  return rows;
}

Json subnets(const Aws& aws) {
  Json rows = Json::array();
  const Json answer = aws.call("ec2", "describe-subnets");
  for (const Json& each : answer.at("Subnets")) {
    rows.push_back({{"id", each.at("SubnetId")},
                    {"vpc", each.at("VpcId")},
                    {"cidr", each.at("CidrBlock")},
                    {"zone_id", each.value("AvailabilityZoneId", "")},
                    {"public_ip", each.value("MapPublicIpOnLaunch", false)}});
  }
  return rows;
}

Json vpcs(const Aws& aws) {
  Json rows = Json::array();
  const Json answer = aws.call("ec2", "describe-vpcs");
  for (const Json& each : answer.at("Vpcs")) {
    Json cidrs = Json::array();
    for (const Json& block : each.value("CidrBlockAssociationSet", Json::array())) {
      if (block.at("CidrBlockState").at("State") == "associated") cidrs.push_back(block.at("CidrBlock"));
    }
    if (cidrs.empty()) cidrs.push_back(each.at("CidrBlock"));
    rows.push_back({{"id", each.at("VpcId")}, {"cidrs", std::move(cidrs)}});
  }
  return rows;
}

Json security_groups(const Aws& aws) {
  Json rows = Json::array();
  const Json answer = aws.call("ec2", "describe-security-groups");
  for (const Json& each : answer.at("SecurityGroups")) {
    Json rules = Json::array();
    add_rules(rules, each.value("IpPermissions", Json::array()), "ingress");
    add_rules(rules, each.value("IpPermissionsEgress", Json::array()), "egress");
    rows.push_back({{"id", each.at("GroupId")}, {"vpc", each.value("VpcId", "")}, {"rules", std::move(rules)}});
  }
  return rows;
}

}  // namespace trireme::cloud
