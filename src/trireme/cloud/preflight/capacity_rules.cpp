#include <algorithm>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

template <class Take>
void each_type(const Model& model, Take take) {
  for (const NodeModel& node : model.nodes) {
    for (const Text& instance : node.instances) {
      if (const catalog::InstanceType* type = type_of(instance)) take(node, *type);
    }
  }
}

void check_spot(const Model& model, Judge& judge) {
  each_type(model, [&](const NodeModel& node, const catalog::InstanceType& type) {
    if (!node.capacity.kind.is("spot") || type.spot != false) return;
    judge.find(node.capacity.kind.where, node.name, format("{} is not sold as spot", type.name));
  });
}

void check_block(const Model& model, Judge& judge) {
  each_type(model, [&](const NodeModel& node, const catalog::InstanceType& type) {
    if (!node.capacity.kind.is("block") || type.capacity_block != false) return;
    judge.find(node.capacity.kind.where, node.name, format("{} is not sold in capacity blocks", type.name));
  });
}

void check_placement_type(const Model& model, Judge& judge) {
  each_type(model, [&](const NodeModel& node, const catalog::InstanceType& type) {
    if (!node.placement_group.is(true) || type.placement_group != false) return;
    judge.find(node.placement_group.where, node.name,
               format("{} can't be in a placement group of strategy cluster", type.name));
  });
}

void check_placement_beside(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    const Text& kind = node.capacity.kind;
    const bool block = kind.is("block");
    if (!node.placement_group.is(true) || !(block || kind.is("reservation") || kind.is("reservation-group"))) continue;
    judge.find(node.placement_group.where, node.name,
               block ? "a placement group beside a capacity block, whose instances AWS has placed already"
                     : "a placement group beside a reservation: if AWS placed the reserved instances already, "
                       "starting them fails with insufficient capacity");
  }
}

void check_empty_target(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    if (!node.capacity.maybe_empty) continue;
    judge.find(node.capacity.where, node.name, "with its optional parameters left out the reservation target is empty");
  }
}

void check_one_target(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    if (!node.capacity.twice) continue;
    judge.find(node.capacity.where, node.name,
               "CapacityReservationTarget stands at the queue and at the compute resource, which wins");
  }
}

void check_block_target(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    if (!node.capacity.kind.is("block")) continue;
    if (node.capacity.id.absent() && !node.capacity.maybe_empty) {
      judge.find(node.capacity.kind.where, node.name, "a capacity block without the id of its reservation");
    }
    if (node.count && node.max_count && *node.count != *node.max_count) {
      judge.find(
          node.count.where, node.name,
          format("a capacity block with {} to {} nodes; all of a block starts, or none", *node.count, *node.max_count));
    }
  }
}

void judge_reservation(const Account::Reservation& seen, const Model& model, const NodeModel& node, Judge& judge) {
  const SourceLocation& place = node.capacity.id.where;
  const auto fail = [&](const std::string& evidence) { judge.find(place, node.name, evidence); };
  const bool is_block = seen.type == "capacity-block";
  if (seen.state != "active" && seen.state != "scheduled") fail(format("{} is {}", seen.id, seen.state));
  if (is_block != node.capacity.kind.is("block")) {
    fail(format("{} is {}", seen.id,
                is_block ? "a capacity block, and is used as a reservation" : "no capacity block, and is used as one"));
  }
  for (const Text& instance : node.instances) {
    if (const auto* type = type_of(instance); type != nullptr && type->name != seen.instance_type) {
      fail(format("{} is for {}, and the nodes are {}", seen.id, seen.instance_type, type->name));
    }
  }
  if (node.count && *node.count > seen.total) {
    fail(format("{} holds {} instances, and {} nodes are always on", seen.id, seen.total, *node.count));
  }
  std::string zone = node.zone.value.value_or("");
  for (const Fact<Link>& link : node.subnets.items) {
    if (zone.empty()) zone = judge.zone(model, *link);
  }
  if (!zone.empty() && !seen.zone_id.empty() && zone != seen.zone_id) {
    fail(format("{} is in {}, and the nodes start in {}", seen.id, seen.zone_id, zone));
  }
}

void check_reservation(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    const CapacitySource& source = node.capacity;
    if (!source.id || source.id->rfind("cr-", 0) != 0) continue;
    const Account* account =
        judge.account_with("reservations", source.id.where, node.name,
                           format("whether {} has these instances in this zone is not known", *source.id));
    if (account == nullptr) continue;
    const Account::Reservation* seen = account->reservation(*source.id);
    if (seen == nullptr) {
      judge.find(source.id.where, node.name,
                 format("the account has no reservation {} in {}", *source.id, account->region));
    } else {
      judge_reservation(*seen, model, node, judge);
    }
  }
}

constexpr std::string_view kBlocks = "EC2 User Guide, Capacity Blocks for ML";
constexpr std::string_view kReservations = "EC2 User Guide, On-Demand Capacity Reservations";

constexpr Rule kRules[] = {
    {"spot-type", Level::kError, "Spot is asked for only where the type has it", "use on-demand or reserved capacity",
     "EC2 API Reference, DescribeInstanceTypes, supported-usage-class", check_spot},
    {"block-type", Level::kError, "A capacity block is of a type that is sold so", "use a reservation", kBlocks,
     check_block},
    {"block-target", Level::kError, "A capacity block is named, and all of it is started",
     "name it in CapacityReservationTarget and give equal minimum and maximum", kBlocks, check_block_target},
    {"placement-type", Level::kError, "A placement group holds only types that can be placed",
     "remove the placement group", "EC2 User Guide, Placement strategies for your placement groups",
     check_placement_type},
    {"placement-beside-reservation", Level::kWarning, "No placement group beside capacity that is placed already",
     "turn the placement group off, unless the reservation was made in it",
     "EC2 User Guide, Capacity Reservations in cluster placement groups", check_placement_beside},
    {"reservation-empty", Level::kError, "A reservation target names something, whatever is left out",
     "wrap the whole CapacityReservationSpecification in the condition",
     "CloudFormation Template Reference, AWS::EC2::LaunchTemplate CapacityReservationTarget", check_empty_target},
    {"reservation-twice", Level::kWarning, "A reservation is named at one level",
     "keep the one at the compute resource", "AWS ParallelCluster User Guide, SlurmQueues", check_one_target},
    {"reservation-fits", Level::kError, "The reservation has these instances, in this zone, now",
     "name a reservation that fits; `aws ec2 describe-capacity-reservations` lists them", kReservations,
     check_reservation},
};

}  // namespace

std::span<const Rule> capacity_rules() { return kRules; }

}  // namespace trireme::cloud
