#include "trireme/cloud/address/subnet_plan.h"

namespace trireme::cloud {

namespace {

constexpr int kSmallestSubnet = 28;
constexpr int kPublicBits = 5;  // an eighth of a quarter

/// Half of the space, then half of what is left, and so on.
Cidr private_block(const Cidr& space, int zone) { return space.part(zone + 1, (uint32_t{1} << (zone + 1)) - 2); }

}  // namespace

Result<SubnetPlan> plan_subnets(const Cidr& primary, const Cidr* secondary, int zones) {
  TRIREME_CHECK(zones >= 1 && zones <= 6, "a network spans 1 to 6 zones, not {}", zones);
  const auto too_small = [&](const Cidr& block) {
    return Failure{format("{} is too small for {} zone{}: a subnet has at least 16 addresses (/28)", block.to_string(),
                          zones, zones == 1 ? "" : "s")};
  };
  if (primary.prefix() + kPublicBits > kSmallestSubnet) return too_small(primary);
  const Cidr space = secondary != nullptr ? *secondary : primary.part(1, 1);
  if (space.prefix() + zones > kSmallestSubnet) return too_small(space);
  SubnetPlan plan;
  for (int zone = 0; zone < zones; ++zone) {
    plan.public_subnets.push_back(primary.part(kPublicBits, static_cast<uint32_t>(zone)));
    plan.private_subnets.push_back(private_block(space, zone));
  }
  return plan;
}

}  // namespace trireme::cloud
