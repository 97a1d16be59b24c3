#include "trireme/cloud/address/cidr.h"

#include <charconv>
#include <optional>

#include "trireme/core/check.h"

namespace trireme::cloud {

namespace {

/// A decimal number from 0 to `limit` without leading zeros, taken off the front of `text`.
std::optional<uint32_t> take_number(std::string_view& text, uint32_t limit) {
  uint32_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  const size_t digits = static_cast<size_t>(end - text.data());
  if (failed != std::errc() || number > limit || (digits > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char letter) {
  if (text.empty() || text[0] != letter) return false;
  text.remove_prefix(1);
  return true;
}

uint32_t mask(int prefix) { return prefix == 0 ? 0 : ~uint32_t{0} << (32 - prefix); }

}  // namespace

Cidr::Cidr(uint32_t first, int prefix) : first_(first), prefix_(prefix) {
  TRIREME_CHECK(prefix >= 0 && prefix <= 32 && (first & ~mask(prefix)) == 0, "no such block: {}/{}", first, prefix);
}

Result<Cidr> Cidr::parse(std::string_view text) {
  const std::string whole(text);
  const Failure malformed{format("\"{}\" is not a block of addresses such as 10.0.0.0/16", whole)};
  uint32_t address = 0;
  for (int byte = 0; byte < 4; ++byte) {
    const auto number = byte == 0 || take(text, '.') ? take_number(text, 255) : std::nullopt;
    if (!number) return malformed;
    address = address << 8 | *number;
  }
  const auto prefix = take(text, '/') ? take_number(text, 32) : std::nullopt;
  if (!prefix || !text.empty()) return malformed;
  const int bits = static_cast<int>(*prefix);
  if ((address & ~mask(bits)) != 0) {
    return Failure{
        format("\"{}\" starts inside its block; write {}", whole, Cidr(address & mask(bits), bits).to_string())};
  }
  return Cidr(address, bits);
}

Cidr Cidr::part(int bits, uint32_t index) const {
  const int prefix = prefix_ + bits;
  TRIREME_CHECK(bits >= 0 && prefix <= 32 && index < (uint64_t{1} << bits), "{} has no part {} of 2^{}", to_string(),
                index, bits);
  return {static_cast<uint32_t>(first_ + (uint64_t{index} << (32 - prefix))), prefix};
}

std::string Cidr::to_string() const {
  return format("{}.{}.{}.{}/{}", first_ >> 24, first_ >> 16 & 255, first_ >> 8 & 255, first_ & 255, prefix_);
}

}  // namespace trireme::cloud
