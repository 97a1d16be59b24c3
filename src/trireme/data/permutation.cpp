#include "trireme/data/permutation.h"

#include <bit>

#include "trireme/core/check.h"
#include "trireme/core/philox.h"

namespace trireme::data {

namespace {

/// Even, so that both halves are mixed alike; few bits need many rounds to look random.
constexpr int kRounds = 8;

uint64_t mask_of(int bits) { return (uint64_t{1} << bits) - 1; }

uint64_t round_value(uint64_t key, uint64_t half, int round) {
  const auto words = philox4x32(key, half, static_cast<uint64_t>(round));
  return static_cast<uint64_t>(words[0]) | static_cast<uint64_t>(words[1]) << 32;
}

}  // namespace

Permutation::Permutation(int64_t n, uint64_t key) : n_(n), key_(key) {
  TRIREME_CHECK(n >= 1, "a permutation of {}", n);
  const int bits = static_cast<int>(std::bit_width(static_cast<uint64_t>(n - 1)));
  left_bits_ = bits / 2;
  right_bits_ = bits - left_bits_;
}

uint64_t Permutation::encrypt(uint64_t value) const {
  uint64_t left = value >> right_bits_;
  uint64_t right = value & mask_of(right_bits_);
  for (int round = 0; round < kRounds; round += 2) {
    left ^= round_value(key_, right, round) & mask_of(left_bits_);
    right ^= round_value(key_, left, round + 1) & mask_of(right_bits_);
  }
  return left << right_bits_ | right;
}

int64_t Permutation::operator()(int64_t i) const {
  TRIREME_CHECK(i >= 0 && i < n_, "place {} of {}", i, n_);
  auto value = static_cast<uint64_t>(i);
  do value = encrypt(value);
  while (value >= static_cast<uint64_t>(n_));
  return static_cast<int64_t>(value);
}

}  // namespace trireme::data
