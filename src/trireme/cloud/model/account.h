#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace trireme::cloud {

/// What an account has in a region, as `trireme account snapshot` saw it. Every list that the file lacks is unknown,
/// and rules that ask it stay undecided.
struct Account {
  struct Zone {
    std::string id, name;
  };
  struct Quota {
    std::string service, code, name;
    double value = 0;
  };
  struct Reservation {
    std::string id, instance_type, zone_id, state, type, end;
    int64_t total = 0, available = 0;
  };
  struct Subnet {
    std::string id, vpc, cidr, zone_id;
    bool public_ip = false;
  };
  struct GroupRule {
    bool ingress = true;
    std::string protocol;
    int64_t from_port = -1, to_port = -1;
    std::string peer_group, peer_cidr;
  };
  struct SecurityGroup {
    std::string id, vpc;
    std::vector<GroupRule> rules;
  };
  struct Vpc {
    std::string id;
    std::vector<std::string> cidrs;
  };
  struct RouteTable {
    std::string vpc,
        way_out;        // of its default route: internet (a gateway of the VPC), private (a NAT or another), none
    bool main = false;  // of the subnets that no table names
    std::vector<std::string> subnets;
  };
  struct Image {
    std::string id, name, architecture, os;
  };
  struct Stack {
    std::string name, status;
  };

  std::string account, region, taken;
  std::vector<std::string> lists;  // the keys that the file has
  std::vector<Zone> zones;
  std::map<std::string, std::vector<std::string>> offerings;  // zone ids by instance type
  std::vector<Quota> quotas;
  std::vector<Reservation> reservations;
  std::vector<Subnet> subnets;
  std::vector<Vpc> vpcs;
  std::vector<RouteTable> route_tables;
  std::vector<SecurityGroup> security_groups;
  std::vector<std::string> file_systems;  // ids
  std::vector<Image> images;
  std::vector<Stack> stacks;
  std::vector<std::string> buckets;

  bool has(const std::string& list) const;
  const Quota* quota(const std::string& code) const;
  const Reservation* reservation(const std::string& id) const;
  const Subnet* subnet(const std::string& id) const;
  /// RouteTable::way_out of a subnet; empty when the snapshot does not tell.
  std::string way_out(const Subnet& subnet) const;
  const SecurityGroup* group(const std::string& id) const;
  const Image* image(const std::string& id) const;
};

}  // namespace trireme::cloud
