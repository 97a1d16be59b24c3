#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

void check_placeholders(const Model& model, Judge& judge) {
  for (const Text& hole : model.placeholders) {
    judge.find(hole.where, "placeholder", format("{} must be filled in before this file is used", *hole));
  }
}

void check_image_hole(const Model& model, Judge& judge) {
  if (model.kind != "pcluster") return;
  for (const NodeModel& node : model.nodes) {
    for (const Text& image : node.images) {
      if (!image || image->rfind("ami-", 0) == 0) continue;
      judge.find(image.where, node.name, format("CustomAmi is \"{}\", which is no image's id", *image));
    }
  }
}

void check_static_placement(const Model& model, Judge& judge) {
  if (model.kind != "pcluster") return;
  for (const NodeModel& node : model.nodes) {
    const bool placed = node.capacity.kind && !node.capacity.kind.is("on-demand") && !node.capacity.kind.is("spot");
    if (!node.efa.is(true) || !node.placement_group.is(false) || placed || !node.capacity.kind) continue;
    judge.find(node.efa.where, node.name, "EFA without a placement group: nodes may be far apart");
  }
}

void check_dynamic(const Model& model, Judge& judge) {
  if (model.kind != "pcluster") return;
  for (const NodeModel& node : model.nodes) {
    const bool reserved = node.capacity.kind.is("reservation") || node.capacity.kind.is("reservation-group");
    if (!reserved || !node.count || !node.max_count || *node.count == *node.max_count) continue;
    judge.find(
        node.count.where, node.name,
        format("{} of {} reserved nodes stay on; the reservation is paid for all", *node.count, *node.max_count));
  }
}

void check_head_address(const Model& model, Judge& judge) {
  const Account* account = judge.account_if("route_tables");
  if (account == nullptr) return;
  for (const NodeModel& node : model.nodes) {
    const auto& subnets = node.subnets.items;
    if (node.role != "controller" || node.elastic_ip.unknown || subnets.size() != 1 || !subnets.front()) continue;
    const Link& link = *subnets.front();
    const Account::Subnet* subnet = link.declared ? nullptr : account->subnet(link.name);
    const std::string way_out = subnet == nullptr ? "" : account->way_out(*subnet);
    if (way_out.empty()) continue;
    if (node.elastic_ip && way_out != "internet") {
      judge.find(
          node.elastic_ip.where, node.name,
          format("an Elastic IP in {}, which has no route to an internet gateway: nobody reaches it", link.name));
    }
    // A description may be for an orchestrator without a head node.
    if (model.kind == "pcluster" && !node.elastic_ip && way_out == "internet" && !subnet->public_ip) {
      judge.find(subnets.front().where, node.name,
                 format("no public address in {}, whose way out is an internet gateway: without endpoints in the VPC "
                        "it reaches nothing",
                        link.name),
                 {.level = Level::kWarning,
                  .remedy = "set HeadNode.Networking.ElasticIp: true, or use a private subnet with a NAT gateway or "
                            "endpoints"});
    }
  }
}

constexpr Rule kRules[] = {
    {"placeholder", Level::kInfo, "Holes are filled in", "fill it in",
     "AWS ParallelCluster User Guide, Cluster configuration file", check_placeholders},
    {"pcluster-image", Level::kError, "CustomAmi is the id of an image", "write ami-…",
     "AWS ParallelCluster User Guide, Image section, CustomAmi", check_image_hole},
    {"pcluster-placement", Level::kWarning, "EFA nodes that AWS did not place are in a placement group",
     "set Networking.PlacementGroup.Enabled: true", "AWS ParallelCluster User Guide, Elastic Fabric Adapter",
     check_static_placement},
    {"pcluster-idle-reservation", Level::kInfo, "Reserved nodes are kept on", "set MinCount equal to MaxCount",
     "AWS ParallelCluster User Guide, Launch instances with On-Demand Capacity Reservations", check_dynamic},
    {"pcluster-head-address", Level::kError,
     "The head node has a public address where its subnet is public, and only there",
     "use a subnet with a route to an internet gateway, or leave ElasticIp out",
     "AWS ParallelCluster User Guide, Network configurations; HeadNode section, ElasticIp", check_head_address},
};

}  // namespace

std::span<const Rule> pcluster_rules() { return kRules; }

}  // namespace trireme::cloud
