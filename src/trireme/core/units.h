#pragma once

#include <compare>
#include <cstdint>
#include <ostream>

namespace trireme {

/// An integer with a meaning, so that a rank can't be passed for a size. Explicit in, `.value()` out.
template <class Tag, class Int = int64_t>
class StrongInt {
 public:
  constexpr StrongInt() = default;
  constexpr explicit StrongInt(Int value) : value_(value) {}
  constexpr Int value() const { return value_; }
  constexpr auto operator<=>(const StrongInt&) const = default;
  friend std::ostream& operator<<(std::ostream& out, StrongInt x) { return out << x.value_; }

 private:
  Int value_{};
};

using Rank = StrongInt<struct RankTag, int>;            // index in the world or in a group
using LocalRank = StrongInt<struct LocalRankTag, int>;  // index within the node; picks the device
using NodeRank = StrongInt<struct NodeRankTag, int>;    // index of the node
using WorldSize = StrongInt<struct WorldSizeTag, int>;  // number of ranks
using Bytes = StrongInt<struct BytesTag>;

/// a / b, rounded up. REQUIRES: a >= 0, b > 0.
constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
/// The smallest multiple of b that is at least a.
constexpr int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }

}  // namespace trireme
