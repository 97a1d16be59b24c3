#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace trireme::data {

/// Which of several sources a sample comes from, and how many samples that source gave before.
struct BlendPlace {
  int32_t source = 0;
  int64_t ordinal = 0;
};

/// Deals samples to sources by weight, in constant time for any index.
///
/// Weights become whole shares of a period: the smallest period of at most 65536 samples in which every
/// weight is a whole number of samples, else 65536 with shares rounded by largest remainder (at least 1
/// each). Within a period the order is Tijdeman's ("The chairman assignment problem", Discrete Mathematics
/// 32, 1980): of the sources that lag enough, the one whose next sample is due first. After any number of
/// samples each source has given its share to within one sample.
class Blend {
 public:
  /// Throws ConfigError when there is no weight, or one is not a positive finite number.
  explicit Blend(std::span<const double> weights);

  BlendPlace operator()(int64_t sample) const;
  int64_t period() const { return static_cast<int64_t>(schedule_.size()); }
  /// Samples of each source in a period.
  std::span<const int64_t> shares() const { return shares_; }

 private:
  void schedule();

  std::vector<int64_t> shares_;
  std::vector<BlendPlace> schedule_;  // one period; ordinals count from its start
};

}  // namespace trireme::data
