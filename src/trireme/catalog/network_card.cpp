#include "trireme/catalog/network_card.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/core/error.h"

namespace trireme::catalog {

namespace {

using Kind = InterfaceKind;

constexpr std::array<std::pair<Kind, std::string_view>, 3> kKindNames = {
    {{Kind::kEna, "interface"}, {Kind::kEfa, "efa"}, {Kind::kEfaOnly, "efa-only"}}};

int64_t index_of(std::string_view text, std::string_view field) {
  int64_t index = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (problem == std::errc() && end == text.data() + text.size()) return index;
  throw FormatError(format("network_cards.tsv: \"{}\" in \"{}\" must be a whole number", text, field));
}

Kind kind_of(std::string_view text) {
  if (const auto kind = parse_interface_kind(text)) return *kind;
  throw FormatError(format("network_cards.tsv: \"{}\" must be interface, efa or efa-only", text));
}

/// First and last card of "4" or "1-31".
std::pair<int64_t, int64_t> range_of(const std::string& text) {
  const size_t dash = text.find('-');
  const int64_t first = index_of(std::string_view(text).substr(0, dash), text);
  return {first, dash == std::string::npos ? first : index_of(std::string_view(text).substr(dash + 1), text)};
}

/// "0:efa-only": a device index and what is on it.
NetworkInterface interface_of(int64_t card, const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) throw FormatError(format("network_cards.tsv: \"{}\" must be DEVICE:KIND", text));
  return {card, index_of(std::string_view(text).substr(0, colon), text), kind_of(text.substr(colon + 1))};
}

/// Cards by type.
using Cards = std::map<std::string, std::vector<NetworkCard>, std::less<>>;

void add_row(const Table& table, size_t row, std::vector<NetworkCard>& cards) {
  NetworkCard card;
  for (const std::string& kind : table.list(row, "kinds")) card.kinds.push_back(kind_of(kind));
  card.max_interfaces = table.integer(row, "max_interfaces");
  const std::vector<std::string> layout = table.list(row, "layout");
  for (const std::string& range : table.list(row, "cards")) {
    const auto [first, last] = range_of(range);
    for (card.index = first; card.index <= last; ++card.index) {
      card.layout.clear();
      for (const std::string& text : layout) card.layout.push_back(interface_of(card.index, text));
      cards.push_back(card);
    }
  }
}

const Cards& card_table() {
  static const Cards all = [] {
    const Table table = Table::read(facts_folder() / "network_cards.tsv");
    Cards cards;
    for (size_t row = 0; row < table.size(); ++row) add_row(table, row, cards[table.text(row, "type")]);
    for (auto& [type, of_type] : cards) {
      std::sort(of_type.begin(), of_type.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    }
    return cards;
  }();
  return all;
}

}  // namespace

std::string to_string(InterfaceKind kind) {
  for (const auto& [each, name] : kKindNames) {
    if (each == kind) return std::string(name);
  }
  return {};
}

std::optional<InterfaceKind> parse_interface_kind(std::string_view text) {
  for (const auto& [kind, name] : kKindNames) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

bool NetworkCard::takes(InterfaceKind kind) const { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); }

std::vector<NetworkCard> network_cards(const InstanceType& type) {
  std::vector<NetworkCard> cards;
  if (const auto found = card_table().find(type.name); found != card_table().end()) {
    cards = found->second;
  } else if (type.efa_interfaces == 0) {
    cards = {{.index = 0, .kinds = {Kind::kEna}, .max_interfaces = {}, .layout = {NetworkInterface()}}};
  }
  if (static_cast<int64_t>(cards.size()) != type.network_cards) {
    throw FormatError(format("{} has {} cards in network_cards.tsv and {} in instances.tsv, of {}", type.name,
                             cards.size(), type.network_cards, facts_folder().string()));
  }
  return cards;
}

std::vector<NetworkInterface> network_interfaces(const InstanceType& type) {
  std::vector<NetworkInterface> interfaces;
  for (const NetworkCard& card : network_cards(type)) {
    interfaces.insert(interfaces.end(), card.layout.begin(), card.layout.end());
  }
  return interfaces;
}

bool has_efa(const InstanceType& type) {
  return std::ranges::any_of(network_interfaces(type), &NetworkInterface::has_efa);
}

}  // namespace trireme::catalog
