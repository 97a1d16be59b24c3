#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trireme/core/result.h"

namespace trireme::cloud {

/// A block of IPv4 addresses. RFC 4632.
class Cidr {
 public:
  /// "10.0.0.0/16". The address must be the first of its block.
  static Result<Cidr> parse(std::string_view text);
  /// REQUIRES: prefix <= 32, and no address bit set beyond it.
  Cidr(uint32_t first, int prefix);

  uint32_t first() const { return first_; }
  uint32_t last() const { return static_cast<uint32_t>(first_ + size() - 1); }
  int prefix() const { return prefix_; }
  uint64_t size() const { return uint64_t{1} << (32 - prefix_); }
  /// Addresses that instances can have: AWS keeps the first four and the last of each subnet ("Subnet CIDR blocks",
  /// Amazon VPC User Guide).
  uint64_t hosts() const { return size() > 5 ? size() - 5 : 0; }

  bool contains(const Cidr& other) const { return first() <= other.first() && other.last() <= last(); }
  bool overlaps(const Cidr& other) const { return first() <= other.last() && other.first() <= last(); }
  /// The `index`-th of 2^bits equal parts. REQUIRES: prefix + bits <= 32, index < 2^bits.
  Cidr part(int bits, uint32_t index) const;

  std::string to_string() const;
  friend bool operator==(const Cidr&, const Cidr&) = default;

 private:
  uint32_t first_;
  int prefix_;
};

}  // namespace trireme::cloud
