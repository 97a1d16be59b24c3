#include "trireme/catalog/interface_problems.h"

#include <algorithm>
#include <map>

#include "trireme/core/format.h"

namespace trireme::catalog {

namespace {

std::string place(const NetworkInterface& interface) {
  return format("card {}, device {}", interface.card, interface.device);
}

/// What one interface does wrong on its card; empty when nothing.
std::string problem_on_card(const InstanceType& type, const std::vector<NetworkCard>& cards,
                            const NetworkInterface& interface) {
  const auto card =
      std::find_if(cards.begin(), cards.end(), [&](const NetworkCard& each) { return each.index == interface.card; });
  if (card == cards.end()) {
    return format("{}: {} has {} network cards, which count from 0", place(interface), type.name, cards.size());
  }
  if (!card->takes(interface.kind)) {
    std::string kinds;
    for (const InterfaceKind kind : card->kinds) kinds += (kinds.empty() ? "" : " or ") + to_string(kind);
    return format("{}: this card of {} takes {}, not {}", place(interface), type.name, kinds,
                  to_string(interface.kind));
  }
  if (interface.device < 0) return place(interface) + ": device indexes count from 0";
  if (card->max_interfaces && interface.device >= *card->max_interfaces) {
    return format("{}: this card of {} takes {} interfaces, so its last device index is {}", place(interface),
                  type.name, *card->max_interfaces, *card->max_interfaces - 1);
  }
  return {};
}

}  // namespace

std::vector<std::string> interface_problems(const InstanceType& type, const std::vector<NetworkInterface>& interfaces) {
  const std::vector<NetworkCard> cards = network_cards(type);
  std::vector<std::string> problems;
  std::map<std::pair<int64_t, int64_t>, int> uses;  // of card and device
  std::map<int64_t, int> efa_on_card;
  int64_t efa = 0;
  bool has_primary = false;
  for (const NetworkInterface& interface : interfaces) {
    const bool primary = interface.card == 0 && interface.device == 0;
    has_primary = has_primary || primary;
    if (primary && interface.kind == InterfaceKind::kEfaOnly) {
      problems.push_back("card 0, device 0: the primary interface must carry IP, so it can't be efa-only");
    } else if (std::string problem = problem_on_card(type, cards, interface); !problem.empty()) {
      problems.push_back(std::move(problem));
    } else if (interface.has_efa()) {
      ++efa;
    }
    if (++uses[{interface.card, interface.device}] == 2) problems.push_back(place(interface) + ": given twice");
    if (interface.has_efa() && ++efa_on_card[interface.card] == 2) {
      problems.push_back(format("card {}: more than one EFA; a card takes one", interface.card));
    }
  }
  if (!has_primary) problems.push_back("no primary interface: card 0, device 0 must be there");
  if (type.efa_interfaces && efa > *type.efa_interfaces) {
    problems.push_back(format("{} EFA interfaces; {} takes at most {}", efa, type.name, *type.efa_interfaces));
  }
  return problems;
}

}  // namespace trireme::catalog
