#pragma once

#include <cstdint>
#include <span>

namespace trireme::model {

/// How the next token is drawn from logits. Filters apply in this order, as in transformers: temperature,
/// top_k, top_p.
struct Sampling {
  bool greedy = false;       // the largest logit; the rest is ignored
  double temperature = 1.0;  // logits are divided by it; > 0
  int64_t top_k = 0;         // only the k largest logits; 0: all
  double top_p = 1.0;        // only the fewest largest probabilities that reach this sum (nucleus sampling)
  uint64_t seed = 0;
};

/// Throws ConfigError naming the option and its range.
void check(const Sampling& sampling);

/// The token drawn at `position` of a text: a pure function of its arguments. Equal logits rank by token id.
/// REQUIRES: logits are not empty; check() passed. Throws ConfigError when a logit is NaN.
int64_t sample(std::span<const float> logits, const Sampling& sampling, int64_t position);

}  // namespace trireme::model
