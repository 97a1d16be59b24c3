#include <algorithm>
#include <map>
#include <set>

#include "trireme/catalog/region.h"
#include "trireme/cloud/address/cidr.h"
#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

std::optional<Cidr> block_of(const Text& text) {
  if (!text) return std::nullopt;
  auto cidr = Cidr::parse(*text);
  return cidr ? std::optional<Cidr>(*cidr) : std::nullopt;
}

std::string label(const Model& model, const Link& id) {
  return model.kind == "cluster" ? id.name : "Resources." + id.name;
}

bool in_one_vpc(const Subnet& a, const Subnet& b) { return a.vpc && b.vpc && *a.vpc == *b.vpc; }

void check_overlap(const Model& model, Judge& judge) {
  const auto& subnets = model.network.subnets;
  for (size_t i = 0; i < subnets.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const auto first = block_of(subnets[j].cidr), second = block_of(subnets[i].cidr);
      if (!first || !second || !first->overlaps(*second) || !in_one_vpc(subnets[i], subnets[j])) continue;
      judge.find(subnets[i].cidr.where, label(model, subnets[i].id),
                 format("{} overlaps {} of {}", second->to_string(), first->to_string(), subnets[j].id.name));
    }
  }
  for (const Vpc& vpc : model.network.vpcs) {
    std::vector<Text> blocks = {vpc.cidr};
    blocks.insert(blocks.end(), vpc.secondary.begin(), vpc.secondary.end());
    for (size_t i = 0; i < blocks.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        const auto first = block_of(blocks[j]), second = block_of(blocks[i]);
        if (!first || !second || !first->overlaps(*second)) continue;
        judge.find(blocks[i].where, label(model, vpc.id),
                   format("{} overlaps {} of the same VPC", second->to_string(), first->to_string()));
      }
    }
  }
}

void check_form(const Text& text, const std::string& where, Judge& judge) {
  if (!text) return;
  auto cidr = Cidr::parse(*text);
  if (!cidr) {
    judge.find(text.where, where, cidr.error());
  } else if (cidr->prefix() < 16 || cidr->prefix() > 28) {
    judge.find(text.where, where, format("{} is a /{}", *text, cidr->prefix()));
  }
}

void check_size(const Model& model, Judge& judge) {
  for (const Vpc& vpc : model.network.vpcs) {
    check_form(vpc.cidr, label(model, vpc.id), judge);
    for (const Text& block : vpc.secondary) check_form(block, label(model, vpc.id), judge);
  }
  for (const Subnet& subnet : model.network.subnets) check_form(subnet.cidr, label(model, subnet.id), judge);
  if (model.network.plan_problem) {
    judge.find(model.network.plan_problem.where, "network.cidr", *model.network.plan_problem);
  }
}

void check_inside(const Model& model, Judge& judge) {
  for (const Subnet& subnet : model.network.subnets) {
    const auto block = block_of(subnet.cidr);
    const auto vpc = std::find_if(model.network.vpcs.begin(), model.network.vpcs.end(),
                                  [&](const Vpc& each) { return subnet.vpc && each.id == *subnet.vpc; });
    if (!block || vpc == model.network.vpcs.end() || vpc->incomplete || !block_of(vpc->cidr)) continue;
    bool inside = block_of(vpc->cidr)->contains(*block);
    for (const Text& other : vpc->secondary) {
      const auto secondary = block_of(other);
      inside = inside || !secondary || secondary->contains(*block);
    }
    if (inside) continue;
    judge.find(subnet.cidr.where, label(model, subnet.id),
               format("{} is in no block of {}", block->to_string(), vpc->id.name));
  }
}

void check_secondary(const Model& model, Judge& judge) {
  for (const Vpc& vpc : model.network.vpcs) {
    const auto primary = block_of(vpc.cidr);
    if (!primary) continue;
    for (const Text& text : vpc.secondary) {
      const auto secondary = block_of(text);
      if (!secondary) continue;
      for (const Cidr& restricted : restricted_blocks(*primary)) {
        if (!restricted.contains(*secondary)) continue;
        judge.find(text.where, label(model, vpc.id),
                   format("{} can't join a VPC that starts with {}: AWS keeps {} out", *text, *vpc.cidr,
                          restricted.to_string()));
      }
    }
  }
}

/// Addresses that one node takes: each interface but efa-only ones.
int64_t addresses_of(const NodeModel& node) {
  if (!node.has_interfaces || !node.interfaces.complete) return 1;
  return std::count_if(node.interfaces.items.begin(), node.interfaces.items.end(),
                       [](const auto& each) { return each->kind != catalog::InterfaceKind::kEfaOnly; });
}

void check_room(const Model& model, Judge& judge) {
  struct Need {
    int64_t addresses = 0;
    int64_t largest = 0;
    SourceLocation where;  // of the group that needs most
    std::string nodes;
  };
  std::map<std::string, Need> needs;
  for (const NodeModel& node : model.nodes) {
    // Spread over several subnets it may find room anywhere.
    if (!node.subnets.complete || node.subnets.items.size() != 1 || !node.max_count) continue;
    Need& need = needs[node.subnets.items.front()->name];
    const int64_t addresses = *node.max_count * addresses_of(node);
    need.addresses += addresses;
    if (addresses > need.largest) need.where = node.max_count.where;
    need.largest = std::max(need.largest, addresses);
    need.nodes += (need.nodes.empty() ? "" : ", ") + node.name;
  }
  for (const auto& [name, need] : needs) {
    std::optional<Cidr> block;
    for (const Subnet& subnet : model.network.subnets) {
      if (subnet.id.name == name) block = block_of(subnet.cidr);
    }
    const Account* account = judge.account_if("subnets");
    const Account::Subnet* known = account == nullptr ? nullptr : account->subnet(name);
    if (!block && known != nullptr) block = block_of({known->cidr, {}, false});
    if (!block || need.addresses <= static_cast<int64_t>(block->hosts())) continue;
    judge.find(need.where, need.nodes,
               format("{} addresses are needed, and {} ({}) has {}", need.addresses, name, block->to_string(),
                      block->hosts()));
  }
}

void check_nat_address(const Model& model, Judge& judge) {
  for (const NatGateway& nat : model.network.nats) {
    if (nat.is_private || !nat.address.absent()) continue;
    judge.find(nat.where, label(model, nat.id), "a public NAT gateway without an Elastic IP (AllocationId)");
  }
}

/// Does a template take zones from a list that its user gives?
bool takes_several_zones(const Model& model) {
  for (const StackModel& stack : model.stacks) {
    for (const Selection& selection : stack.selections) {
      const Parameter* list = stack.parameter(selection.parameter);
      const bool zones = list != nullptr && list->type.find("AvailabilityZone") != std::string::npos;
      if (zones && selection.index > 0) return true;
    }
  }
  return false;
}

void check_single_nat(const Model& model, Judge& judge) {
  std::set<std::string> zones;
  for (const Subnet& subnet : model.network.subnets) {
    if (subnet.zone) zones.insert(*subnet.zone);
  }
  if (model.network.nats.size() != 1 || (zones.size() < 2 && !takes_several_zones(model))) return;
  const NatGateway& nat = model.network.nats.front();
  judge.find(nat.where, label(model, nat.id),
             zones.size() < 2 ? "one NAT gateway for several zones"
                              : format("one NAT gateway for the zones {}", list_of({zones.begin(), zones.end()})));
}

/// A table of private subnets without a way out, in a file that makes the rest of the network.
void check_way_out(const Model& model, Judge& judge) {
  const NetworkModel& network = model.network;
  if (network.vpcs.empty() || network.incomplete || network.has_interface_endpoints) return;
  for (const RouteTable& table : network.tables) {
    if (table.subnets.empty()) continue;
    bool out = false, always = table.conditional;
    for (const Route& route : network.routes) {
      if (!route.table || !(*route.table == table.id) || !route.to_internet) continue;
      out = true;
      always = always || !route.conditional;
    }
    if (out && always) continue;
    judge.find(table.where, label(model, table.id),
               format("{} subnets route through it, with no way to the internet{} and no interface endpoints",
                      table.subnets.size(), out ? " for some parameters" : ""));
  }
}

void check_attachment(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    std::vector<std::string> attachments;
    std::set<std::string> gateways;
    for (const auto& [name, resource] : stack.resources) {
      if (resource.type == "AWS::EC2::VPCGatewayAttachment") attachments.push_back(name);
      if (resource.type == "AWS::EC2::InternetGateway") gateways.insert(name);
    }
    if (attachments.empty()) continue;
    std::set<std::string> seen;
    const auto waits = [&](const Resource& resource, const auto& self, int depth) -> bool {
      if (depth > 8) return false;
      for (const std::string& name : resource.depends) {
        if (!seen.insert(name).second) continue;
        const auto found = stack.resources.find(name);
        if (std::find(attachments.begin(), attachments.end(), name) != attachments.end()) return true;
        if (found != stack.resources.end() && self(found->second, self, depth + 1)) return true;
      }
      return false;
    };
    for (const auto& [name, resource] : stack.resources) {
      const bool route = resource.type == "AWS::EC2::Route" &&
                         std::any_of(resource.depends.begin(), resource.depends.end(),
                                     [&](const std::string& other) { return gateways.count(other) > 0; });
      const bool concerned = resource.type == "AWS::EC2::EIP" || resource.type == "AWS::EC2::NatGateway" || route;
      seen.clear();
      if (!concerned || waits(resource, waits, 0)) continue;
      judge.find(resource.where, "Resources." + name,
                 format("{} may be made before {} attaches the internet gateway", resource.type, attachments.front()),
                 {.remedy = "add DependsOn: " + attachments.front()});
    }
  }
}

/// Region of a zone id; empty when the tables don't have it.
std::string region_of(const std::string& zone) {
  for (const catalog::Region& region : catalog::regions()) {
    const std::vector<std::string> zones = catalog::zones(region.name);
    if (std::find(zones.begin(), zones.end(), zone) != zones.end()) return region.name;
  }
  return {};
}

void check_zone_region(const Model& model, Judge& judge) {
  const Text& region = model.region ? model.region : model.network.region;
  if (!region) return;
  const bool all_are_known = !catalog::zones(*region).empty();
  for (const Subnet& subnet : model.network.subnets) {
    // A name such as us-east-2a means another zone in each account; only ids can be held against a table.
    if (!subnet.zone || subnet.zone->find("-az") == std::string::npos) continue;
    const std::string other = region_of(*subnet.zone);
    if (other == *region || (other.empty() && !all_are_known)) continue;
    judge.find(subnet.zone.where, label(model, subnet.id),
               other.empty() ? format("{} has no zone {}", *region, *subnet.zone)
                             : format("{} is a zone of {}, and the region is {}", *subnet.zone, other, *region));
  }
}

constexpr std::string_view kBlocks = "Amazon VPC User Guide, VPC CIDR blocks";

constexpr Rule kRules[] = {
    {"cidr-overlap", Level::kError, "Blocks of one VPC don't overlap", "move one of the blocks", kBlocks,
     check_overlap},
    {"cidr-size", Level::kError, "A block is written as one, and is between /16 and /28",
     "write a block such as 10.0.0.0/16", kBlocks, check_size},
    {"cidr-inside", Level::kError, "A subnet lies in a block of its VPC", "use a part of the VPC's blocks",
     "Amazon VPC User Guide, Subnet CIDR blocks", check_inside},
    {"cidr-secondary", Level::kError, "A secondary block may join the VPC",
     "take another part of the range that the first block is of",
     "Amazon VPC User Guide, IPv4 CIDR block association restrictions", check_secondary},
    {"zone-region", Level::kError, "Subnets are in zones of the stack's region",
     "write a zone id of the region; `aws ec2 describe-availability-zones` lists them",
     "Amazon VPC User Guide, Create a subnet; Working with AZ IDs", check_zone_region},
    {"subnet-room", Level::kError, "A subnet has an address for every interface of its nodes",
     "use a larger subnet, fewer nodes, or efa-only interfaces", "Amazon VPC User Guide, Subnet CIDR blocks",
     check_room},
    {"nat-address", Level::kError, "A public NAT gateway has an Elastic IP", "add AllocationId",
     "CloudFormation Template Reference, AWS::EC2::NatGateway", check_nat_address},
    {"nat-single", Level::kInfo, "Each zone has a NAT gateway of its own",
     "add one a zone, or accept that traffic crosses zones and that one failure cuts all off",
     "Amazon VPC User Guide, NAT gateway basics", check_single_nat},
    {"way-out", Level::kWarning, "Private subnets reach the internet, or have endpoints",
     "add a NAT gateway with a default route, or interface endpoints for what the nodes call",
     "AWS ParallelCluster User Guide, Network configurations", check_way_out},
    {"gateway-order", Level::kWarning, "What needs the internet gateway waits until it is attached",
     "add DependsOn with the VPCGatewayAttachment",
     "CloudFormation User Guide, DependsOn attribute, when it is required", check_attachment},
};

}  // namespace

std::span<const Rule> network_rules() { return kRules; }

}  // namespace trireme::cloud
