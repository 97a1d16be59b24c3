#include "trireme/model/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "trireme/core/check.h"
#include "trireme/core/philox.h"

namespace trireme::model {
namespace {

/// Token ids by falling logit, at most top_k of them.
std::vector<int64_t> ranked(std::span<const float> logits, int64_t top_k) {
  std::vector<int64_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto kept = top_k > 0 ? std::min<size_t>(static_cast<size_t>(top_k), ids.size()) : ids.size();
  const auto larger = [&](int64_t a, int64_t b) { return logits[a] != logits[b] ? logits[a] > logits[b] : a < b; };
  std::partial_sort(ids.begin(), ids.begin() + static_cast<int64_t>(kept), ids.end(), larger);
  ids.resize(kept);
  return ids;
}

/// Uniform in [0, 1), 53 bits.
double uniform(uint64_t seed, int64_t position) {
  const auto bits = philox4x32(stream_key(seed, "sampling"), static_cast<uint64_t>(position));
  return static_cast<double>(((uint64_t{bits[0]} << 32) | bits[1]) >> 11) * 0x1p-53;
}

/// Cumulative weights of exp((logit - largest) / temperature), in the order of `ids`.
std::vector<double> cumulative_weights(std::span<const float> logits, std::span<const int64_t> ids,
                                       double temperature) {
  std::vector<double> sums(ids.size());
  double sum = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    sum += std::exp((static_cast<double>(logits[ids[i]]) - logits[ids[0]]) / temperature);
    sums[i] = sum;
  }
  return sums;
}

}  // namespace

void check(const Sampling& sampling) {
  if (!(sampling.temperature > 0) && !sampling.greedy) {
    throw ConfigError(
        format("temperature must be above 0, got {}; for the likeliest token use greedy", sampling.temperature));
  }
  if (sampling.top_k < 0) throw ConfigError(format("top_k must be at least 0, got {}", sampling.top_k));
  if (!(sampling.top_p > 0 && sampling.top_p <= 1)) {
    throw ConfigError(format("top_p must be above 0 and at most 1, got {}", sampling.top_p));
  }
}

int64_t sample(std::span<const float> logits, const Sampling& sampling, int64_t position) {
  TRIREME_CHECK(!logits.empty(), "no logits to sample from");
  if (std::ranges::any_of(logits, [](float logit) { return std::isnan(logit); })) {
    throw ConfigError("the model's logits are not numbers: its weights are broken, or overflow in this dtype");
  }
  if (sampling.greedy) return std::ranges::max_element(logits) - logits.begin();

  const std::vector<int64_t> ids = ranked(logits, sampling.top_k);
  const std::vector<double> sums = cumulative_weights(logits, ids, sampling.temperature);
  const auto reaching = [&](double sum) { return std::ranges::lower_bound(sums, sum) - sums.begin(); };
  const double kept = sums[static_cast<size_t>(reaching(sampling.top_p * sums.back()))];
  const auto drawn = std::ranges::upper_bound(sums, uniform(sampling.seed, position) * kept) - sums.begin();
  return ids[static_cast<size_t>(drawn)];
}

}  // namespace trireme::model
