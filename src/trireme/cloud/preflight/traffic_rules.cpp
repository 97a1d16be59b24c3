#include <algorithm>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

constexpr int64_t kLustre = 988, kLustreFirst = 1018, kLustreLast = 1023;
constexpr int64_t kNfs = 2049;
constexpr int64_t kSsh = 22;

bool covers(const SecurityGroup& group, bool ingress, int64_t first, int64_t last) {
  if (group.incomplete || (!ingress && group.default_egress)) return true;
  return std::any_of(group.rules.begin(), group.rules.end(),
                     [&](const GroupRule& rule) { return rule.ingress == ingress && rule.may_cover(first, last); });
}

/// Groups, of this file or of those given together, that it gives to file systems of this kind.
template <class Take>
void each_group_of(const Model& model, const Judge& judge, const char* kind, Take take) {
  for (const FileSystemModel& system : model.file_systems) {
    if (!system.kind.is(kind) || !system.groups.complete) continue;
    std::vector<const SecurityGroup*> groups;
    for (const Fact<Link>& link : system.groups.items) {
      if (const SecurityGroup* group = judge.group(model, *link)) groups.push_back(group);
    }
    if (!groups.empty() && groups.size() == system.groups.items.size()) take(system, groups);
  }
}

bool is_lustre_port(const GroupRule& rule) {
  if (!rule.from_port || !rule.to_port || rule.protocol.is("udp")) return false;
  const bool low = *rule.from_port == kLustre && *rule.to_port == kLustre;
  return low || (*rule.from_port >= kLustreFirst && *rule.to_port <= kLustreLast);
}

/// May this rule let in, or out, whom that one is for?
bool serves_peer_of(const GroupRule& rule, const GroupRule& other) {
  if (rule.peer_group && other.peer_group) return *rule.peer_group == *other.peer_group;
  // A block that stands for nobody; who is in another one, a file does not tell.
  return !rule.peer_cidr || rule.peer_cidr->rfind("127.", 0) != 0;
}

/// A peer that reaches a part of Lustre's ports must reach them all. One finding a peer: at the rule that falls short,
/// or at the one that stands alone.
void check_lustre_peers(const SecurityGroup& group, bool ingress, Judge& judge) {
  if (group.incomplete || (!ingress && group.default_egress)) return;
  const char* direction = ingress ? "inbound" : "outbound";
  for (const GroupRule& rule : group.rules) {
    if (rule.ingress != ingress || !is_lustre_port(rule)) continue;
    const auto any = [&](auto holds) {
      return std::any_of(group.rules.begin(), group.rules.end(), [&](const GroupRule& other) {
        return other.ingress == ingress && serves_peer_of(other, rule) && holds(other);
      });
    };
    const auto open = [&](int64_t first, int64_t last) {
      return any([&](const GroupRule& other) { return other.may_cover(first, last); });
    };
    const bool low = rule.from_port.is(kLustre);
    if (open(kLustre, kLustre) && open(kLustreFirst, kLustreLast)) continue;
    if (low && any([](const GroupRule& other) { return is_lustre_port(other) && !other.from_port.is(kLustre); }))
      continue;
    judge.find(rule.where, "Resources." + group.id.name,
               format("opens {} to {} {}, and its peer needs {} and {} to {}", *rule.from_port, *rule.to_port,
                      direction, kLustre, kLustreFirst, kLustreLast));
  }
}

void check_lustre(const Model& model, Judge& judge) {
  for (const SecurityGroup& group : model.network.groups) {
    for (const bool ingress : {true, false}) check_lustre_peers(group, ingress, judge);
  }
  each_group_of(model, judge, "lustre",
                [&](const FileSystemModel& system, const std::vector<const SecurityGroup*>& groups) {
                  const bool open = std::any_of(groups.begin(), groups.end(), [](const SecurityGroup* group) {
                    return covers(*group, true, kLustre, kLustre);
                  });
                  if (open) return;
                  judge.find(system.groups.where, system.name, format("no group of it lets tcp port {} in", kLustre));
                });
}

void check_nfs(const Model& model, Judge& judge) {
  each_group_of(model, judge, "openzfs",
                [&](const FileSystemModel& system, const std::vector<const SecurityGroup*>& groups) {
                  const auto missing = [&](int64_t first, int64_t last) {
                    return std::none_of(groups.begin(), groups.end(),
                                        [&](const SecurityGroup* group) { return covers(*group, true, first, last); });
                  };
                  if (missing(kNfs, kNfs)) {
                    judge.find(system.groups.where, system.name, format("no group of it lets tcp port {} in", kNfs));
                  } else if (missing(111, 111) || missing(20001, 20003)) {
                    judge.find(system.groups.where, system.name, "NFS 3 needs ports 111 and 20001 to 20003 beside 2049",
                               {.level = Level::kInfo});
                  }
                });
}

bool is_world(const Text& cidr) { return cidr.is("0.0.0.0/0"); }

void check_ssh(const Model& model, Judge& judge) {
  for (const SecurityGroup& group : model.network.groups) {
    for (const GroupRule& rule : group.rules) {
      if (!rule.ingress || !is_world(rule.peer_cidr) || !rule.protocol) continue;
      const bool all = rule.protocol.is("-1");
      const bool ssh = rule.from_port && rule.to_port && rule.may_cover(kSsh, kSsh);
      if (!all && !ssh) continue;
      judge.find(rule.where, "Resources." + group.id.name,
                 all ? "lets everything in from anywhere" : "lets SSH in from anywhere");
    }
  }
  for (const NodeModel& node : model.nodes) {
    if (!is_world(node.ssh_from)) continue;
    judge.find(node.ssh_from.where, node.name, "SSH is open to anywhere if its subnet is public",
               {.remedy = model.kind == "pcluster" ? "set Ssh.AllowedIps, or use a private subnet with Systems Manager"
                                                   : "write the addresses that need it"});
  }
}

constexpr Rule kRules[] = {
    {"lustre-ports", Level::kError, "A group of Lustre opens 988 and all of 1018 to 1023",
     "open tcp 988 and 1018-1023 between clients and file system, both ways",
     "FSx for Lustre User Guide, File System Access Control with Amazon VPC", check_lustre},
    {"nfs-ports", Level::kError, "A group of OpenZFS opens 2049",
     "open 111, 2049 and 20001-20003, tcp and udp, for the clients",
     "FSx for OpenZFS User Guide, File system access control with Amazon VPC", check_nfs},
    {"ssh-open", Level::kWarning, "SSH is not open to the world", "write the addresses that need it",
     "Amazon VPC User Guide, Security group rules", check_ssh},
};

}  // namespace

std::span<const Rule> traffic_rules() { return kRules; }

}  // namespace trireme::cloud
