#pragma once

#include <cstdint>

namespace trireme::data {

/// A bijection of [0, n) chosen by a key: a shuffle that needs no memory and gives any place in constant
/// time. A Feistel network over the smallest power of two that holds n, with Philox as the round function,
/// walked until it lands below n (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002).
/// Its values are part of what a checkpoint relies on: do not change them.
class Permutation {
 public:
  /// REQUIRES: n >= 1.
  Permutation(int64_t n, uint64_t key);

  int64_t size() const { return n_; }
  /// REQUIRES: 0 <= i < size().
  int64_t operator()(int64_t i) const;

 private:
  uint64_t encrypt(uint64_t value) const;

  int64_t n_;
  uint64_t key_;
  int left_bits_ = 0;
  int right_bits_ = 0;
};

}  // namespace trireme::data
