#include "trireme/catalog/network_card.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "trireme/catalog/interface_problems.h"

namespace trireme::catalog {
namespace {

using Interfaces = std::vector<NetworkInterface>;
constexpr InterfaceKind kEna = InterfaceKind::kEna;
constexpr InterfaceKind kEfa = InterfaceKind::kEfa;
constexpr InterfaceKind kEfaOnly = InterfaceKind::kEfaOnly;

int64_t count_efa(const Interfaces& interfaces) {
  return std::count_if(interfaces.begin(), interfaces.end(), [](const auto& each) { return each.has_efa(); });
}

/// One interface on each card of `type`: `first` on card 0, then `rest` on device `device` of the others.
Interfaces one_each(const char* type, InterfaceKind first, InterfaceKind rest, int64_t device) {
  Interfaces interfaces = {{0, 0, first}};
  for (int64_t card = 1; card < instance_type(type).network_cards; ++card) interfaces.push_back({card, device, rest});
  return interfaces;
}

std::vector<std::string> problems(const char* type, const Interfaces& interfaces) {
  return interface_problems(instance_type(type), interfaces);
}

using Problems = std::vector<std::string>;

TEST(NetworkCards, LayoutOfEveryTypeIsLegalAndUsesEveryEfa) {
  for (const InstanceType& type : instance_types()) {
    SCOPED_TRACE(type.name);
    const std::vector<NetworkCard> cards = network_cards(type);
    for (size_t i = 0; i < cards.size(); ++i) EXPECT_EQ(cards[i].index, static_cast<int64_t>(i));
    const Interfaces interfaces = network_interfaces(type);
    EXPECT_EQ(interface_problems(type, interfaces), Problems());
    EXPECT_FALSE(interfaces.front().kind == kEfaOnly);
    if (type.efa_interfaces) {
      EXPECT_EQ(count_efa(interfaces), *type.efa_interfaces);
    }
  }
}

TEST(NetworkCards, PrescribedLayouts) {
  const Interfaces p5 = network_interfaces(instance_type("p5.48xlarge"));
  ASSERT_EQ(p5.size(), 33u);
  EXPECT_EQ(p5[0], (NetworkInterface{0, 0, kEna}));
  EXPECT_EQ(p5[1], (NetworkInterface{0, 1, kEfaOnly}));
  EXPECT_EQ(p5[2], (NetworkInterface{1, 0, kEfaOnly}));
  EXPECT_EQ(p5[32], (NetworkInterface{31, 0, kEfaOnly}));
  EXPECT_EQ(network_interfaces(instance_type("p6-b300.48xlarge")), one_each("p6-b300.48xlarge", kEna, kEfaOnly, 0));
  // A card that takes one interface can't have a plain one beside an EFA.
  EXPECT_EQ(network_interfaces(instance_type("hpc6id.32xlarge")), (Interfaces{{0, 0, kEfa}, {1, 0, kEfaOnly}}));
  EXPECT_EQ(network_interfaces(instance_type("p6e-gb200.36xlarge")),
            (Interfaces{{0, 0, kEna}, {1, 0, kEfaOnly}, {5, 0, kEfaOnly}, {9, 0, kEfaOnly}, {13, 0, kEfaOnly}}));
  EXPECT_EQ(network_interfaces(instance_type("m5.8xlarge")), (Interfaces{{0, 0, kEna}}));
}

TEST(NetworkCards, OlderLayoutsAreLegal) {
  EXPECT_EQ(problems("p5.48xlarge", one_each("p5.48xlarge", kEfa, kEfa, 1)), Problems());
  EXPECT_EQ(problems("p5en.48xlarge", one_each("p5en.48xlarge", kEfa, kEfaOnly, 1)), Problems());
  EXPECT_EQ(problems("p4d.24xlarge", one_each("p4d.24xlarge", kEfa, kEfa, 0)), Problems());
  EXPECT_EQ(problems("p5.48xlarge", {{0, 0, kEna}}), Problems());
}

TEST(NetworkCards, WhatEc2WouldRefuse) {
  EXPECT_EQ(problems("p4d.24xlarge", {{0, 1, kEfa}}), Problems{"no primary interface: card 0, device 0 must be there"});
  EXPECT_EQ(problems("p4d.24xlarge", {{0, 0, kEfaOnly}}),
            Problems{"card 0, device 0: the primary interface must carry IP, so it can't be efa-only"});
  EXPECT_EQ(problems("p4d.24xlarge", {{0, 0, kEna}, {4, 0, kEfa}}),
            Problems{"card 4, device 0: p4d.24xlarge has 4 network cards, which count from 0"});
  EXPECT_EQ(problems("p5.48xlarge", {{0, 0, kEna}, {2, 2, kEfa}}),
            Problems{"card 2, device 2: this card of p5.48xlarge takes 2 interfaces, so its last device index is 1"});
  EXPECT_EQ(problems("p5.48xlarge", {{0, 0, kEna}, {2, -1, kEfa}}),
            Problems{"card 2, device -1: device indexes count from 0"});
  EXPECT_EQ(problems("p6-b300.48xlarge", {{0, 0, kEfa}}),
            Problems{"card 0, device 0: this card of p6-b300.48xlarge takes interface, not efa"});
  EXPECT_EQ(problems("p5.48xlarge", {{0, 0, kEfa}, {0, 1, kEfaOnly}}),
            Problems{"card 0: more than one EFA; a card takes one"});
  EXPECT_EQ(problems("g5.8xlarge", {{0, 0, kEna}, {0, 0, kEna}}), Problems{"card 0, device 0: given twice"});
  EXPECT_EQ(problems("m5.8xlarge", {{0, 0, kEfa}}),
            Problems{"card 0, device 0: this card of m5.8xlarge takes interface, not efa"});
}

}  // namespace
}  // namespace trireme::catalog
