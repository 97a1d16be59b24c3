#pragma once

#include <string>
#include <vector>

#include "trireme/catalog/network_card.h"

namespace trireme::catalog {

/// Why EC2 would refuse to start `type` with `interfaces`, one sentence each; empty when it would not. Judges what is
/// possible, not what is advised: fewer interfaces than the layout, or layouts of older guides, are no problem.
std::vector<std::string> interface_problems(const InstanceType& type, const std::vector<NetworkInterface>& interfaces);

}  // namespace trireme::catalog
