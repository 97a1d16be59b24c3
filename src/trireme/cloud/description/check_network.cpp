#include <optional>

#include "trireme/cloud/address/subnet_plan.h"
#include "trireme/cloud/description/check.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

/// "VPC CIDR blocks", Amazon VPC User Guide.
constexpr int kLargestVpc = 16;
constexpr int kSmallestVpc = 28;

/// The block, when it is one that a VPC can have.
std::optional<Cidr> vpc_block(const std::string& key, const std::string& text, Findings& findings) {
  Result<Cidr> block = Cidr::parse(text);
  if (!block) return std::nullopt;  // refused by its form
  if (block->prefix() >= kLargestVpc && block->prefix() <= kSmallestVpc) return *block;
  findings.error(key, format("a VPC's block is a /16 to a /28, got {}", text), "for example 10.0.0.0/16");
  return std::nullopt;
}

void check_blocks(const Cluster& cluster, Findings& findings) {
  const Network& network = cluster.network;
  const std::optional<Cidr> primary = vpc_block("network.cidr", network.cidr, findings);
  std::optional<Cidr> secondary;
  if (!network.secondary_cidr.empty()) {
    secondary = vpc_block("network.secondary_cidr", network.secondary_cidr, findings);
    if (!secondary) return;
  }
  const size_t zones = cluster.all_zones().size();
  if (!primary || zones > 6) return;
  if (secondary && secondary->overlaps(*primary)) {
    findings.error("network.secondary_cidr",
                   format("{} overlaps network.cidr = {}", network.secondary_cidr, network.cidr),
                   "take addresses outside of it");
    return;
  }
  const auto plan = plan_subnets(*primary, secondary ? &*secondary : nullptr, static_cast<int>(zones));
  if (!plan) findings.error("network.cidr", plan.error(), "take a larger block, such as 10.0.0.0/16");
}

}  // namespace

void check_network(const Cluster& cluster, Findings& findings) {
  if (!cluster.network.adopted()) return check_blocks(cluster, findings);
  findings.require("network.subnet", !cluster.network.subnet.empty(),
                   "the private subnet of the VPC: subnet = \"subnet-…\"");
}

}  // namespace trireme::cloud
