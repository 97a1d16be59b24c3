#pragma once

#include <memory>

#include "trireme/data/sample_source.h"

namespace trireme::data {

/// What chooses one stretch of synthetic tokens. REQUIRES: rank and micro below 256, seed below 65536.
struct SyntheticKey {
  int64_t step = 0;  // counts from 0
  int64_t rank = 0;
  int64_t micro = 0;  // microbatch of the rank within the step
  uint64_t seed = 1;
};

/// `count` tokens: splitmix64 of a counter, with about half of them copying their predecessor, so that a
/// model has something to learn. benchmarks/peers holds the same function in Python: both trainers see the
/// same tokens.
std::vector<TokenId> synthetic_tokens(const SyntheticKey& key, int64_t count, int64_t vocab_size);

/// Endless synthetic samples: sample i is synthetic_tokens({.step = i, .seed = seed}, seq_len + 1,
/// vocab_size), with the low 16 bits of the seed.
std::unique_ptr<SampleSource> open_synthetic(int64_t seq_len, int64_t vocab_size, uint64_t seed);

}  // namespace trireme::data
