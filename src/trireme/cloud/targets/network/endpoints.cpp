#include "trireme/cloud/targets/network/endpoints.h"

#include <algorithm>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/cloud/template/names.h"
#include "trireme/cloud/template/policy.h"
#include "trireme/core/format.h"

namespace trireme::cloud::network {

namespace {

/// A row of facts/vpc_endpoints.tsv.
struct Endpoint {
  std::string service;  // "ecr.api"
  bool gateway = false;
  std::string prefix;  // before ".REGION.SERVICE"
};

bool lists(const std::string& names, const std::string& name) {
  return ("," + names + ",").find("," + name + ",") != std::string::npos;
}

std::vector<Endpoint> needed_endpoints(const Cluster& cluster, const catalog::Region& region) {
  const bool closed = cluster.network.internet == "closed";
  const auto table = catalog::Table::read(catalog::facts_folder() / "vpc_endpoints.tsv");
  std::vector<Endpoint> endpoints;
  for (size_t row = 0; row < table.size(); ++row) {
    const bool gateway = table.text(row, "kind") == "gateway";
    const std::string& users = table.text(row, "orchestrators");
    if (!gateway && (!closed || (users != "all" && !lists(users, cluster.orchestrator)))) continue;
    endpoints.push_back({.service = table.text(row, "service"),
                         .gateway = gateway,
                         .prefix = table.text(row, region.partition == "aws-cn" ? "prefix_aws_cn" : "prefix")});
  }
  return endpoints;
}

std::string logical_id(const std::string& service) {
  std::string words = service;
  std::replace(words.begin(), words.end(), '.', '-');
  return camel_case(words) + "Endpoint";
}

/// Only callers of this account pass, whatever they ask for: what they may do is the matter of their own policies.
/// Package mirrors of the distributions are public objects of other accounts, read without credentials.
Map endpoint_policy(const std::string& service) {
  const auto allow = [](const char* action, Map extra) {
    extra.insert(extra.begin(), {"Principal", "*"});
    return statement("Allow", {action}, "*", std::move(extra));
  };
  List statements = {
      allow("*", {{"Condition", Map{{"StringEquals", Map{{"aws:PrincipalAccount", Text::account()}}}}}})};
  if (service == "s3") statements.emplace_back(allow("s3:GetObject", {}));
  return policy_document(std::move(statements));
}

}  // namespace

void add_endpoints(Stack& stack, const Cluster& cluster, const catalog::Region& region, const VpcId& vpc,
                   const Subnets& subnets) {
  const std::vector<Endpoint> endpoints = needed_endpoints(cluster, region);
  const bool interfaces =
      std::any_of(endpoints.begin(), endpoints.end(), [](const Endpoint& endpoint) { return !endpoint.gateway; });
  Value groups = List{};
  if (interfaces) {
    const Handle<VpcKind> here{"Vpc"};
    const auto group =
        stack.add<SecurityGroupKind>("EndpointSecurityGroup", "AWS::EC2::SecurityGroup",
                                     {{"GroupDescription", "Endpoints of " + cluster.name + ": HTTPS from the VPC"},
                                      {"VpcId", vpc},
                                      {"SecurityGroupIngress", List{Map{{"Description", "HTTPS from the VPC"},
                                                                        {"IpProtocol", "tcp"},
                                                                        {"FromPort", 443},
                                                                        {"ToPort", 443},
                                                                        {"CidrIp", here.attribute("CidrBlock")}}}},
                                      {"Tags", name_tag(cluster.name + "-endpoints")}});
    if (!cluster.network.secondary_cidr.empty()) {
      stack.add("EndpointFromSecondary", "AWS::EC2::SecurityGroupIngress",
                {{"Description", "HTTPS from the secondary block"},
                 {"GroupId", group.attribute("GroupId")},
                 {"IpProtocol", "tcp"},
                 {"FromPort", 443},
                 {"ToPort", 443},
                 {"CidrIp", cluster.network.secondary_cidr}});
    }
    groups = List{group.attribute("GroupId")};
  }
  for (const Endpoint& endpoint : endpoints) {
    Map properties = {{"VpcId", vpc},
                      {"ServiceName", format("{}.{}.{}", endpoint.prefix, region.name, endpoint.service)},
                      {"VpcEndpointType", endpoint.gateway ? "Gateway" : "Interface"},
                      {"PolicyDocument", endpoint_policy(endpoint.service)}};
    if (endpoint.gateway) {
      properties.push_back({"RouteTableIds", list_of(subnets.route_tables)});
    } else {
      properties.push_back({"PrivateDnsEnabled", true});
      properties.push_back({"SubnetIds", list_of(subnets.private_subnets)});
      properties.push_back({"SecurityGroupIds", groups});
    }
    stack.add(logical_id(endpoint.service), "AWS::EC2::VPCEndpoint", std::move(properties));
  }
}

}  // namespace trireme::cloud::network
