#include <algorithm>
#include <map>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

const QuotaFact* quota_for(const std::string& counts) {
  for (const QuotaFact& each : quota_facts()) {
    if (each.counts == counts) return &each;
  }
  return nullptr;
}

/// `need` against the account's quota; against the initial one it may have been raised.
void compare(const QuotaFact& quota, int64_t need, const SourceLocation& place, const std::string& where,
             const std::string& what, Judge& judge) {
  if (need == 0) return;
  const Account* account = judge.account_if("quotas");
  const Account::Quota* own = account == nullptr ? nullptr : account->quota(quota.code);
  if (own == nullptr) {
    if (static_cast<double>(need) <= quota.initial) return;
    judge.account_with("quotas", place, where,
                       format("{} {}; a new account has {} of \"{}\"", need, what, quota.initial, quota.name));
    return;
  }
  if (static_cast<double>(need) <= own->value) return;
  judge.find(place, where, format("{} {}; the account has {} of \"{}\"", need, what, own->value, quota.name),
             {.remedy = format("ask for more: aws service-quotas request-service-quota-increase --service-code {} "
                               "--quota-code {} --desired-value {}",
                               quota.service, quota.code, need)});
}

void check_vcpus(const Model& model, Judge& judge) {
  struct Need {
    int64_t vcpus = 0;
    SourceLocation place;
    std::string nodes;
  };
  std::map<const QuotaFact*, Need> needs;
  for (const NodeModel& node : model.nodes) {
    if (node.service != NodeService::kEc2 || node.instances.size() != 1 || !node.max_count) continue;
    const catalog::InstanceType* type = type_of(node.instances.front());
    const Text& kind = node.capacity.kind;
    const bool spot = kind.is("spot");
    if (type == nullptr || !kind || kind.is("block") || kind.is("training-plan")) continue;
    for (const QuotaFact& quota : quota_facts()) {
      if (quota.counts != (spot ? "spot-vcpus" : "on-demand-vcpus")) continue;
      if (std::find(quota.families.begin(), quota.families.end(), type->family()) == quota.families.end()) continue;
      Need& need = needs[&quota];
      need.vcpus += *node.max_count * type->vcpus;
      if (need.nodes.empty()) need.place = node.instances.front().where;
      need.nodes += (need.nodes.empty() ? "" : ", ") + node.name;
    }
  }
  for (const auto& [quota, need] : needs) compare(*quota, need.vcpus, need.place, need.nodes, "vCPUs at most", judge);
}

/// Elastic IPs that a file makes, with the place of the first.
std::pair<int64_t, SourceLocation> addresses_of(const Model& model) {
  int64_t count = model.network.addresses;
  SourceLocation place = model.network.addresses_where;
  for (const NodeModel& node : model.nodes) {
    if (node.elastic_ip.is("new") && count++ == 0) place = node.elastic_ip.where;
  }
  return {count, place};
}

/// A head node's address counts with those of the network, which another file makes.
void check_addresses(const Model& model, Judge& judge) {
  const auto [own, place] = addresses_of(model);
  if (own == 0) return;
  int64_t all = 0;
  for (const Model& each : judge.models()) {
    const int64_t count = addresses_of(each).first;
    if (count > 0 && all == 0 && &each != &model) return;  // told at the first file that makes one
    all += count;
  }
  compare(*quota_for("elastic-ips"), all, place, "network", "Elastic IPs", judge);
}

void check_nats(const Model& model, Judge& judge) {
  if (model.network.nats.empty()) return;
  compare(*quota_for("nat-gateways"), static_cast<int64_t>(model.network.nats.size()), model.network.nats.front().where,
          "network", "NAT gateways", judge);
}

void check_vpcs(const Model& model, Judge& judge) {
  if (model.network.vpcs.empty()) return;
  const Account* account = judge.account_if("vpcs");
  const auto existing = account == nullptr ? size_t{0} : account->vpcs.size();
  compare(*quota_for("vpcs"), static_cast<int64_t>(model.network.vpcs.size() + existing),
          model.network.vpcs.front().where, "network", "VPCs with those that exist", judge);
}

void check_group_rules(const Model& model, Judge& judge) {
  for (const SecurityGroup& group : model.network.groups) {
    const auto inbound =
        std::count_if(group.rules.begin(), group.rules.end(), [](const auto& rule) { return rule.ingress; });
    const auto most = std::max<int64_t>(inbound, static_cast<int64_t>(group.rules.size()) - inbound);
    compare(*quota_for("group-rules"), most, group.where, "Resources." + group.id.name, "rules in one direction",
            judge);
  }
}

constexpr std::string_view kEc2 = "Amazon EC2 User Guide, Amazon EC2 service quotas";
constexpr std::string_view kVpc = "Amazon VPC User Guide, Amazon VPC quotas";
constexpr std::string_view kMore = "ask for more in Service Quotas";

constexpr Rule kRules[] = {
    {"quota-vcpus", Level::kError, "The account may run this many vCPUs of the family", kMore, kEc2, check_vcpus},
    {"quota-addresses", Level::kError, "The account may have this many Elastic IPs", kMore, kVpc, check_addresses},
    {"quota-nat", Level::kError, "The account may have this many NAT gateways", kMore, kVpc, check_nats},
    {"quota-vpcs", Level::kError, "The account may have another VPC", kMore, kVpc, check_vpcs},
    {"quota-group-rules", Level::kError, "A security group may have this many rules", kMore, kVpc, check_group_rules},
};

}  // namespace

std::span<const Rule> quota_rules() { return kRules; }

}  // namespace trireme::cloud
