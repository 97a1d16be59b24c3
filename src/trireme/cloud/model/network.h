#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/model/fact.h"

namespace trireme::cloud {

struct Vpc {
  Link id;
  SourceLocation where;
  Text cidr;
  std::vector<Text> secondary;
  bool incomplete = false;  // more blocks may be added that are not known
};

struct Subnet {
  Link id;
  SourceLocation where;
  Fact<Link> vpc;
  Text cidr;
  Text zone;
  Fact<bool> public_ip;  // given to instances that start in it
};

/// A rule of a security group.
struct GroupRule {
  SourceLocation where;
  bool ingress = true;
  Text protocol;  // "-1": all
  Fact<int64_t> from_port, to_port;
  Fact<Link> peer_group;
  Text peer_cidr;

  /// Does it let tcp through on all of these ports? Unknown parts count as yes.
  bool may_cover(int64_t first, int64_t last) const;
};

struct SecurityGroup {
  Link id;
  SourceLocation where;
  std::vector<GroupRule> rules;
  bool default_egress = false;  // no egress rule given: AWS lets everything out
  bool incomplete = false;      // more rules may exist that are not known
};

struct NatGateway {
  Link id;
  SourceLocation where;
  Fact<Link> address;  // the Elastic IP
  bool is_private = false;
};

struct Route {
  Link id;
  SourceLocation where;
  Fact<Link> table;
  Text destination;
  bool to_internet = false;  // through an internet or NAT gateway
  bool conditional = false;  // left out for some parameters
};

struct RouteTable {
  Link id;
  SourceLocation where;
  Fact<Link> vpc;
  std::vector<Link> subnets;
  bool conditional = false;
};

struct NetworkModel {
  std::vector<Vpc> vpcs;
  std::vector<Subnet> subnets;
  std::vector<SecurityGroup> groups;
  std::vector<NatGateway> nats;
  std::vector<Route> routes;
  std::vector<RouteTable> tables;
  int64_t addresses = 0;           // Elastic IPs that it makes
  SourceLocation addresses_where;  // of the first
  Text plan_problem;               // why the blocks can't be cut into subnets
  bool has_interface_endpoints = false;
  bool incomplete = false;  // conditional parts: what is counted is at most there
};

}  // namespace trireme::cloud
