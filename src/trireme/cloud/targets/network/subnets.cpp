#include "trireme/cloud/targets/network/subnets.h"

#include <optional>

#include "trireme/cloud/address/subnet_plan.h"
#include "trireme/cloud/targets/contracts.h"

namespace trireme::cloud::network {

namespace {

constexpr const char* kAnywhere = "0.0.0.0/0";

class Builder {
 public:
  Builder(Stack& stack, const Cluster& cluster, const VpcId& vpc) : stack_(stack), cluster_(cluster), vpc_(vpc) {}

  Subnets build() {
    const SubnetPlan plan = plan_blocks();
    const bool closed = cluster_.network.internet == "closed";
    if (!closed) add_public_side(plan.public_subnets);
    add_private_side(plan.private_subnets);
    return std::move(result_);
  }

 private:
  SubnetPlan plan_blocks() {
    const Network& network = cluster_.network;
    std::optional<Cidr> secondary;
    if (!network.secondary_cidr.empty()) {
      secondary = *Cidr::parse(network.secondary_cidr);
      stack_.add("SecondaryCidr", "AWS::EC2::VPCCidrBlock", {{"CidrBlock", network.secondary_cidr}, {"VpcId", vpc_}});
    }
    auto plan = plan_subnets(*Cidr::parse(network.cidr), secondary ? &*secondary : nullptr, zone_count());
    if (!plan) throw ConfigError("network.cidr: " + plan.error());
    return *plan;
  }

  int zone_count() const { return static_cast<int>(cluster_.all_zones().size()); }

  Handle<SubnetKind> add_subnet(const std::string& logical_id, int zone, const Cidr& block, bool gives_addresses,
                                Lifecycle lifecycle = {}) {
    return stack_.add<SubnetKind>(logical_id, "AWS::EC2::Subnet",
                                  {{"VpcId", vpc_},
                                   {"AvailabilityZoneId", cluster_.all_zones()[static_cast<size_t>(zone)]},
                                   {"CidrBlock", block.to_string()},
                                   {"MapPublicIpOnLaunch", gives_addresses},
                                   {"Tags", name_tag(cluster_.name + "-" + logical_id)}},
                                  std::move(lifecycle));
  }

  Handle<RouteTableKind> add_route_table(const std::string& logical_id) {
    const auto table = stack_.add<RouteTableKind>(
        logical_id, "AWS::EC2::RouteTable", {{"VpcId", vpc_}, {"Tags", name_tag(cluster_.name + "-" + logical_id)}});
    result_.route_tables.push_back(table.id());
    return table;
  }

  void associate(const std::string& subnet_name, const SubnetId& subnet, const RouteTableId& table) {
    stack_.add(subnet_name + "Routes", "AWS::EC2::SubnetRouteTableAssociation",
               {{"SubnetId", subnet}, {"RouteTableId", table}});
  }

  /// The head node brings an address of its own; login nodes, which come and go, take what the subnet gives.
  bool login_takes_addresses() const { return cluster_.login_is_public() && !cluster_.with_role("login").empty(); }

  void add_public_side(const std::vector<Cidr>& blocks) {
    const auto gateway =
        stack_.add<NameKind>("InternetGateway", "AWS::EC2::InternetGateway", {{"Tags", name_tag(cluster_.name)}});
    stack_.add("GatewayAttachment", "AWS::EC2::VPCGatewayAttachment",
               {{"VpcId", vpc_}, {"InternetGatewayId", gateway.id()}});
    const auto table = add_route_table("PublicRouteTable");
    stack_.add("PublicRoute", "AWS::EC2::Route",
               {{"RouteTableId", table.id()}, {"DestinationCidrBlock", kAnywhere}, {"GatewayId", gateway.id()}},
               {.after = {"GatewayAttachment"}});
    for (int zone = 0; zone < zone_count(); ++zone) {
      const std::string name = format("PublicSubnet{}", zone + 1);
      const auto subnet =
          add_subnet(name, zone, blocks[static_cast<size_t>(zone)], zone == 0 && login_takes_addresses());
      associate(name, subnet.id(), table.id());
      stack_.export_value(contracts::public_subnet(cluster_, static_cast<size_t>(zone)), subnet.id(),
                          "Public subnet in " + cluster_.all_zones()[static_cast<size_t>(zone)]);
      if (zone == 0 || cluster_.network.internet == "nat-per-zone") add_nat(zone, subnet.id());
    }
  }

  void add_nat(int zone, const SubnetId& subnet) {
    const std::string name = format("Nat{}", zone + 1);
    // An address can't be taken for a VPC that has no way out yet.
    const auto address = stack_.add<NameKind>(name + "Address", "AWS::EC2::EIP",
                                              {{"Domain", "vpc"}, {"Tags", name_tag(cluster_.name + "-" + name)}},
                                              {.after = {"GatewayAttachment"}});
    const auto nat = stack_.add<NameKind>(name, "AWS::EC2::NatGateway",
                                          {{"SubnetId", subnet},
                                           {"AllocationId", address.attribute("AllocationId")},
                                           {"Tags", name_tag(cluster_.name + "-" + name)}},
                                          {.after = {"PublicRoute"}});
    nats_.push_back(nat.id());
  }

  void add_private_side(const std::vector<Cidr>& blocks) {
    const bool one_table = nats_.size() < 2;
    std::optional<RouteTableId> table;
    for (int zone = 0; zone < zone_count(); ++zone) {
      const std::string number = std::to_string(zone + 1);
      if (!table || !one_table) table = add_private_table(one_table ? "" : number, static_cast<size_t>(zone));
      const bool waits = !cluster_.network.secondary_cidr.empty();
      const std::string name = "PrivateSubnet" + number;
      const auto subnet =
          add_subnet(name, zone, blocks[static_cast<size_t>(zone)], /*gives_addresses=*/false,
                     {.after = waits ? std::vector<std::string>{"SecondaryCidr"} : std::vector<std::string>{}});
      associate(name, subnet.id(), *table);
      stack_.export_value(contracts::private_subnet(cluster_, static_cast<size_t>(zone)), subnet.id(),
                          "Private subnet in " + cluster_.all_zones()[static_cast<size_t>(zone)]);
      result_.private_subnets.push_back(subnet.id());
    }
  }

  RouteTableId add_private_table(const std::string& suffix, size_t zone) {
    const auto table = add_route_table("PrivateRouteTable" + suffix);
    if (!nats_.empty()) {
      stack_.add("PrivateRoute" + suffix, "AWS::EC2::Route",
                 {{"RouteTableId", table.id()}, {"DestinationCidrBlock", kAnywhere}, {"NatGatewayId", nats_[zone]}});
    }
    return table.id();
  }

  Stack& stack_;
  const Cluster& cluster_;
  const VpcId& vpc_;
  std::vector<Name> nats_;
  Subnets result_;
};

}  // namespace

Subnets add_subnets(Stack& stack, const Cluster& cluster, const VpcId& vpc) {
  return Builder(stack, cluster, vpc).build();
}

}  // namespace trireme::cloud::network
