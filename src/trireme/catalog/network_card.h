#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/catalog/instance_type.h"

namespace trireme::catalog {

/// What a network interface carries: IP alone, IP and EFA, EFA alone.
enum class InterfaceKind { kEna, kEfa, kEfaOnly };

/// EC2's words for them: "interface", "efa", "efa-only".
std::string to_string(InterfaceKind kind);
std::optional<InterfaceKind> parse_interface_kind(std::string_view text);

struct NetworkInterface {
  int64_t card = 0;    // NetworkCardIndex
  int64_t device = 0;  // DeviceIndex, which counts anew on each card
  InterfaceKind kind = InterfaceKind::kEna;

  bool operator==(const NetworkInterface&) const = default;
  bool has_efa() const { return kind != InterfaceKind::kEna; }
};

/// A network card of an instance type.
struct NetworkCard {
  int64_t index = 0;
  std::vector<InterfaceKind> kinds;       // what it takes
  std::optional<int64_t> max_interfaces;  // device indexes are below it; empty: unknown
  std::vector<NetworkInterface> layout;   // what AWS prescribes on it

  bool takes(InterfaceKind kind) const;
};

/// The cards of `type`, by index: from facts/network_cards.tsv, or the one plain card of a type that has neither more
/// cards nor EFA. Throws FormatError when the tables contradict each other.
std::vector<NetworkCard> network_cards(const InstanceType& type);

/// The interfaces that AWS prescribes for the highest EFA bandwidth, by card and device; the first is the primary one.
/// Source: EC2 User Guide, "Maximize network bandwidth on Amazon EC2 instances with multiple network cards".
std::vector<NetworkInterface> network_interfaces(const InstanceType& type);

/// Can it have an EFA?
bool has_efa(const InstanceType& type);

}  // namespace trireme::catalog
