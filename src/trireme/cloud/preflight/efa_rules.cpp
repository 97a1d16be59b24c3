#include <algorithm>
#include <set>

#include "trireme/catalog/interface_problems.h"
#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

using catalog::NetworkInterface;

std::vector<NetworkInterface> interfaces_of(const NodeModel& node) {
  std::vector<NetworkInterface> all;
  for (const auto& each : node.interfaces.items) all.push_back(*each);
  return all;
}

/// Calls `take(node, type)` for nodes that list all of their interfaces, with every type that is known.
template <class Take>
void each_layout(const Model& model, Take take) {
  for (const NodeModel& node : model.nodes) {
    if (!node.has_interfaces || !node.interfaces.complete) continue;
    for (const Text& instance : node.instances) {
      if (const catalog::InstanceType* type = type_of(instance)) take(node, *type);
    }
  }
}

void check_type(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    for (const Text& instance : node.instances) {
      const catalog::InstanceType* type = type_of(instance);
      if (type == nullptr || !node.efa.is(true) || type->efa_interfaces != 0) continue;
      judge.find(node.efa.where, node.name, format("EFA is on, and {} has none", *instance));
    }
  }
}

void check_layout(const Model& model, Judge& judge) {
  each_layout(model, [&](const NodeModel& node, const catalog::InstanceType& type) {
    if (type.efa_interfaces == 0 && node.efa.is(true)) return;  // efa-type says it
    std::vector<std::string> problems = catalog::interface_problems(type, interfaces_of(node));
    if (problems.empty()) return;
    const size_t more = problems.size() - 1;
    judge.find(node.interfaces.where, node.name,
               problems.front() + (more > 0 ? format(" (and {} more)", more) : std::string()));
  });
}

/// What one card carries; older guides have IP and EFA on one interface.
void check_older_layout(const Model& model, Judge& judge) {
  each_layout(model, [&](const NodeModel& node, const catalog::InstanceType& type) {
    const auto given = interfaces_of(node);
    const bool any_efa = std::any_of(given.begin(), given.end(), [](const auto& each) { return each.has_efa(); });
    if (!any_efa || !catalog::interface_problems(type, given).empty()) return;
    const std::set<std::pair<int64_t, int64_t>> cards = [&] {
      std::set<std::pair<int64_t, int64_t>> places;
      for (const auto& each : given) places.insert({each.card, each.device});
      return places;
    }();
    const auto prescribed = catalog::network_interfaces(type);
    const bool same =
        prescribed.size() == given.size() && std::all_of(prescribed.begin(), prescribed.end(), [&](const auto& each) {
          return std::find(given.begin(), given.end(), each) != given.end();
        });
    if (same) return;
    const auto many = std::count_if(given.begin(), given.end(),
                                    [](const auto& each) { return each.kind != catalog::InterfaceKind::kEfaOnly; });
    judge.find(node.interfaces.where, node.name,
               format("a legal layout of {}, which AWS no longer prescribes: {} of its {} interfaces take an address",
                      type.name, many, cards.size()));
  });
}

void check_count(const Model& model, Judge& judge) {
  each_layout(model, [&](const NodeModel& node, const catalog::InstanceType& type) {
    const auto given = interfaces_of(node);
    const auto efa = std::count_if(given.begin(), given.end(), [](const auto& each) { return each.has_efa(); });
    if (efa == 0 || !type.efa_interfaces || efa >= *type.efa_interfaces) return;
    judge.find(node.interfaces.where, node.name,
               format("{} of the {} EFA interfaces of {}", efa, *type.efa_interfaces, type.name));
  });
}

/// Whether the rules of a group let its members send each other everything, in one direction.
struct SelfRules {
  bool self = false;                 // a rule names the group itself, for all protocols
  bool unknown = false;              // one that is not known may
  const GroupRule* other = nullptr;  // one for all protocols that names another group
};

SelfRules self_rules(const SecurityGroup& group, bool ingress) {
  SelfRules result;
  result.unknown = group.incomplete;
  for (const GroupRule& rule : group.rules) {
    if (rule.ingress != ingress) continue;
    const bool all = rule.protocol.is("-1");
    if (rule.protocol.unknown || rule.peer_group.unknown) result.unknown = true;
    if (!all || !rule.peer_group) continue;
    if (*rule.peer_group == group.id) {
      result.self = true;
    } else {
      result.other = &rule;
    }
  }
  return result;
}

bool has_both(const SecurityGroup& group) { return self_rules(group, true).self && self_rules(group, false).self; }

SecurityGroup from_account(const Account::SecurityGroup& known, const SourceLocation& where) {
  SecurityGroup group{{known.id, false}, where, {}, false, false};
  for (const Account::GroupRule& rule : known.rules) {
    GroupRule made;
    made.where = where;
    made.ingress = rule.ingress;
    made.protocol = {rule.protocol, where, false};
    if (!rule.peer_group.empty()) made.peer_group = {Link{rule.peer_group, false, false}, where, false};
    if (!rule.peer_cidr.empty()) made.peer_cidr = {rule.peer_cidr, where, false};
    group.rules.push_back(std::move(made));
  }
  return group;
}

/// Groups of a node as far as they can be seen; `complete` is false when one can't.
std::vector<SecurityGroup> groups_of(const Model& model, const NodeModel& node, const Judge& judge, bool& complete) {
  std::vector<SecurityGroup> groups;
  complete = node.groups.complete;
  for (const Fact<Link>& link : node.groups.items) {
    const SecurityGroup* declared = judge.group(model, *link);
    const Account* account = judge.account_if("security_groups");
    const Account::SecurityGroup* known = account == nullptr ? nullptr : account->group(link->name);
    if (declared != nullptr) {
      groups.push_back(*declared);
    } else if (known != nullptr) {
      groups.push_back(from_account(*known, link.where));
    } else {
      complete = false;
    }
  }
  return groups;
}

/// Is it a group of nodes with EFA, which are judged on their own?
bool serves_nodes(const Model& model, const SecurityGroup& group) {
  return std::any_of(model.nodes.begin(), model.nodes.end(), [&](const NodeModel& node) {
    return node.efa.is(true) && std::any_of(node.groups.items.begin(), node.groups.items.end(),
                                            [&](const Fact<Link>& link) { return *link == group.id; });
  });
}

void check_self_rules(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    bool complete = true;
    const std::vector<SecurityGroup> groups = groups_of(model, node, judge, complete);
    if (!node.efa.is(true) || std::any_of(groups.begin(), groups.end(), has_both)) continue;
    if (!complete || groups.empty()) {
      const Link* adopted = nullptr;
      for (const auto& link : node.groups.items) {
        if (!link->declared && !link->imported) adopted = &*link;
      }
      if (adopted != nullptr && node.groups.complete) {
        judge.account_with("security_groups", node.groups.where.file.empty() ? node.where : node.groups.where,
                           node.name, format("whether {} allows itself, in and out, is not known", adopted->name));
      }
      continue;
    }
    for (const SecurityGroup& group : groups) {
      const SelfRules in = self_rules(group, true), out = self_rules(group, false);
      if (in.unknown || out.unknown) continue;
      const SelfRules& missing = in.self ? out : in;
      const char* direction = in.self ? "out" : out.self ? "in" : "in and out";
      // "efa-wrong-group" says it better.
      if (missing.other != nullptr) continue;
      judge.find(group.where, node.name,
                 format("EFA is on, and its security group {} does not allow all traffic of its own members {}",
                        group.id.name, direction));
    }
  }
  // A group that means to serve EFA, by one direction. Whose it is, files that name it by its id don't tell.
  const bool efa = std::any_of(judge.models().begin(), judge.models().end(), [](const Model& file) {
    return std::any_of(file.nodes.begin(), file.nodes.end(), [](const NodeModel& node) { return node.efa.is(true); });
  });
  for (const SecurityGroup& group : model.network.groups) {
    const SelfRules in = self_rules(group, true), out = self_rules(group, false);
    if (in.unknown || out.unknown || in.self == out.self || serves_nodes(model, group)) continue;
    judge.find(group.where, "Resources." + group.id.name,
               format("allows all traffic of its own members {} only; EFA needs a rule that names the group {} too, "
                      "which one for 0.0.0.0/0 is not",
                      in.self ? "in" : "out", in.self ? "outbound" : "inbound"),
               {.level = efa ? Level::kWarning : Level::kInfo});
  }
}

void check_wrong_group(const Model& model, Judge& judge) {
  for (const SecurityGroup& group : model.network.groups) {
    for (const bool ingress : {true, false}) {
      const SelfRules rules = self_rules(group, ingress);
      const SelfRules opposite = self_rules(group, !ingress);
      if (rules.unknown || rules.self || rules.other == nullptr || !(opposite.self || opposite.other != nullptr))
        continue;
      judge.find(rules.other->where, "Resources." + group.id.name,
                 format("the {} rule for all traffic names {}, not the group itself", ingress ? "inbound" : "outbound",
                        rules.other->peer_group->name));
    }
  }
  for (const NodeModel& node : model.nodes) {
    bool complete = true;
    const std::vector<SecurityGroup> groups = groups_of(model, node, judge, complete);
    if (!node.efa.is(true) || !complete || groups.empty()) continue;
    const auto right = std::find_if(model.network.groups.begin(), model.network.groups.end(), has_both);
    if (right == model.network.groups.end() || std::any_of(groups.begin(), groups.end(), has_both)) continue;
    judge.find(node.groups.items.front().where, node.name,
               format("EFA is on in {}, while {} has the rules for it", groups.front().id.name, right->id.name));
  }
}

/// A subnet that gives public addresses, by the file or by the account.
bool gives_public_ip(const Model& model, const Link& link, const Judge& judge) {
  if (const Subnet* declared = judge.subnet(model, link)) return declared->public_ip.is(true);
  const Account* account = judge.account_if("subnets");
  const Account::Subnet* known = account == nullptr || link.declared ? nullptr : account->subnet(link.name);
  return known != nullptr && known->public_ip;
}

void check_public_subnet(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    const bool many_cards = std::any_of(node.instances.begin(), node.instances.end(), [](const Text& instance) {
      const catalog::InstanceType* type = type_of(instance);
      return type != nullptr && type->network_cards > 1;
    });
    const bool many = node.interfaces.items.size() > 1 || (many_cards && node.efa.is(true));
    if (!many) continue;
    if (node.public_ip.is(true)) {
      judge.find(node.public_ip.where, node.name, "asks for a public address with more than one interface");
    }
    for (const Fact<Link>& link : node.subnets.items) {
      if (node.public_ip.is(false) || !gives_public_ip(model, *link, judge)) continue;
      judge.find(link.where, node.name,
                 format("more than one interface in {}, which gives public addresses", link->name));
    }
  }
}

void check_zones(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    std::set<std::string> zones;
    for (const Fact<Link>& link : node.subnets.items) {
      if (const std::string zone = judge.zone(model, *link); !zone.empty()) zones.insert(zone);
    }
    if (!node.efa.is(true) || zones.size() < 2) continue;
    judge.find(node.subnets.items.front().where, node.name,
               format("EFA is on, and its subnets are in {}", list_of({zones.begin(), zones.end()})));
  }
}

constexpr std::string_view kEfaStart = "EC2 User Guide, Get started with EFA and MPI, step 1";
constexpr std::string_view kCards =
    "EC2 User Guide, Maximize network bandwidth on Amazon EC2 instances with multiple network cards";

constexpr Rule kRules[] = {
    {"efa-type", Level::kError, "EFA is on only where the type has it", "turn EFA off, or choose a type with EFA",
     "EC2 User Guide, Elastic Fabric Adapter for AI/ML and HPC workloads, supported instance types", check_type},
    {"efa-interfaces", Level::kError, "The type takes the network interfaces that are asked for",
     "`trireme catalog TYPE` shows the layout that AWS prescribes", kCards, check_layout},
    {"efa-older-layout", Level::kInfo, "Interfaces are laid out as AWS prescribes today",
     "efa-only interfaces save addresses; `trireme catalog TYPE` shows the layout", kCards, check_older_layout},
    {"efa-count", Level::kWarning, "All EFA interfaces of the type are used",
     "add the missing interfaces, or bandwidth is lost", kCards, check_count},
    {"efa-self-rules", Level::kError, "A security group of EFA allows all traffic of its own members, in and out",
     "add one inbound and one outbound rule for all protocols that name the group itself", kEfaStart, check_self_rules},
    {"efa-wrong-group", Level::kError, "Those rules name the group itself, and the nodes are in that group",
     "name the group itself in both rules, and put the nodes into it", kEfaStart, check_wrong_group},
    {"efa-public-subnet", Level::kError, "Instances with several interfaces get no public address",
     "use a subnet with MapPublicIpOnLaunch: false",
     "EC2 User Guide, Assign a public IPv4 address at launch: not with multiple interfaces", check_public_subnet},
    {"efa-zones", Level::kWarning, "Nodes that talk over EFA are in one zone", "keep one subnet",
     "EC2 User Guide, Elastic Fabric Adapter for AI/ML and HPC workloads, limitations", check_zones},
};

}  // namespace

std::span<const Rule> efa_rules() { return kRules; }

}  // namespace trireme::cloud
