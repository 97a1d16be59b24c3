#include <algorithm>

#include "trireme/catalog/region.h"
#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/diagnostic.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

constexpr std::string_view kHyperPodPrefix = "ml.";

bool is_family_listed(const std::string& family) {
  const auto& all = catalog::instance_types();
  return std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.family() == family; });
}

void check_known(const Model& model, Judge& judge) {
  std::vector<std::string> names;
  for (const auto& each : catalog::instance_types()) names.push_back(each.name);
  for (const NodeModel& node : model.nodes) {
    for (const Text& instance : node.instances) {
      if (!instance || catalog::find_instance_type(*instance) != nullptr) continue;
      std::string name = *instance;
      if (name.rfind(kHyperPodPrefix, 0) == 0) name = name.substr(kHyperPodPrefix.size());
      const std::string near = nearest_name(name, names);
      // A family that the catalogue lacks may be a real one, and bare metal is not always listed.
      const bool listed = is_family_listed(name.substr(0, name.find('.'))) && name.find(".metal") == std::string::npos;
      judge.find(instance.where, node.name, format("no instance type \"{}\" in the catalogue", *instance),
                 {.level = listed ? Level::kError : Level::kWarning,
                  .remedy = near.empty() ? "compare with `trireme catalog`" : format("did you mean \"{}\"?", near)});
    }
  }
}

void check_prefix(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    const bool wants = node.service == NodeService::kHyperPod;
    for (const Text& instance : node.instances) {
      if (!instance || instance->find('.') == std::string::npos) continue;
      const bool has = instance->rfind(kHyperPodPrefix, 0) == 0;
      if (has == wants) continue;
      judge.find(instance.where, node.name,
                 wants ? format("HyperPod calls it \"ml.{}\", not \"{}\"", *instance, *instance)
                       : format("\"{}\" is HyperPod's name; EC2 calls it \"{}\"", *instance, instance->substr(3)));
    }
  }
}

/// Zone id of a node group, by the file or by the account.
std::string zone_of(const Model& model, const NodeModel& node, const Judge& judge) {
  if (node.zone) return *node.zone;
  for (const Fact<Link>& link : node.subnets.items) {
    if (std::string zone = judge.zone(model, *link); !zone.empty()) return zone;
  }
  return {};
}

void check_offered_by_account(const std::vector<std::string>* zones, const Text& instance, const std::string& zone,
                              const NodeModel& node, Judge& judge) {
  if (zones == nullptr || zones->empty()) {
    judge.find(instance.where, node.name, format("the account is offered no {} in its region", *instance));
  } else if (!zone.empty() && std::find(zones->begin(), zones->end(), zone) == zones->end()) {
    judge.find(instance.where, node.name,
               format("the account is offered {} in {}, not in {}", *instance, list_of(*zones), zone));
  }
}

void check_offered(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    const std::string zone = zone_of(model, node, judge);
    for (const Text& instance : node.instances) {
      const catalog::InstanceType* type = type_of(instance);
      if (type == nullptr) continue;
      if (const Account* account = judge.account_if("offerings")) {
        const auto found = account->offerings.find(type->name);
        // A snapshot asks for the types of its cluster only.
        if (found != account->offerings.end()) {
          check_offered_by_account(&found->second, instance, zone, node, judge);
          continue;
        }
      }
      if (!model.region) continue;
      const std::vector<catalog::Offering> offerings = catalog::offerings(type->name);
      const auto here = std::find_if(offerings.begin(), offerings.end(),
                                     [&](const auto& each) { return each.region == *model.region; });
      if (offerings.empty() || (here != offerings.end() && zone.empty())) continue;
      const Particulars hint = {.level = Level::kWarning};
      if (here == offerings.end()) {
        std::vector<std::string> regions;
        for (const auto& each : offerings) regions.push_back(each.region);
        judge.find(instance.where, node.name,
                   format("{} is not known to be offered in {}; known: {}", *instance, *model.region, list_of(regions)),
                   hint);
      } else if (std::find(here->zones.begin(), here->zones.end(), zone) == here->zones.end()) {
        judge.find(instance.where, node.name,
                   format("{} is not known to be offered in {}; known: {}", *instance, zone, list_of(here->zones)),
                   hint);
      }
    }
  }
}

void check_counts(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    if (node.count && node.max_count && *node.count > *node.max_count) {
      judge.find(node.count.where, node.name, format("at least {} nodes, at most {}", *node.count, *node.max_count));
    }
  }
}

void check_metadata(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    if (node.imds_tokens.is(false)) {
      judge.find(node.imds_tokens.where, node.name, "instances answer version 1 of the metadata service");
    }
  }
  for (const Fact<bool>& fact : model.unsecured_metadata) {
    judge.find(fact.where, "HeadNode.Imds", "any user of the head node may take its role from the metadata service",
               {.remedy = "remove Secured: false"});
  }
}

constexpr Rule kRules[] = {
    {"instance-known", Level::kError, "The instance type exists", "write a type that `trireme catalog` lists",
     "Amazon EC2 Instance Types Guide", check_known},
    {"instance-prefix", Level::kError, "SageMaker HyperPod's types start with ml., EC2's do not",
     "write the name that the service takes", "SageMaker API Reference, ClusterInstanceGroupSpecification",
     check_prefix},
    {"instance-offered", Level::kError, "The type is offered in the zone of the nodes",
     "choose one of those zones, or check with `aws ec2 describe-instance-type-offerings`",
     "EC2 API Reference, DescribeInstanceTypeOfferings", check_offered},
    {"node-counts", Level::kError, "The least number of nodes is not above the most", "raise the maximum",
     "AWS ParallelCluster User Guide, SlurmQueues; EKS API Reference, NodegroupScalingConfig", check_counts},
    {"imds-version", Level::kWarning, "Instances ask for tokens at the metadata service (IMDSv2)",
     "set MetadataOptions.HttpTokens: required", "EC2 User Guide, Configure the Instance Metadata Service options",
     check_metadata},
};

}  // namespace

std::span<const Rule> node_rules() { return kRules; }

}  // namespace trireme::cloud
