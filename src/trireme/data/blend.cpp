#include "trireme/data/blend.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "trireme/core/check.h"
#include "trireme/core/error.h"

namespace trireme::data {

namespace {

constexpr int64_t kMaxPeriod = 65536;
/// Weights are written with few digits; what is this near a whole number was meant as one.
constexpr double kWholeTolerance = 1e-9;

std::vector<double> normalised(std::span<const double> weights) {
  if (weights.empty()) throw ConfigError("the blend is empty: name at least one source");
  double sum = 0;
  for (const double weight : weights) {
    if (!(weight > 0) || !std::isfinite(weight)) {
      throw ConfigError(format("a blend weight must be positive, got {}", weight));
    }
    sum += weight;
  }
  std::vector<double> fractions(weights.begin(), weights.end());
  for (double& fraction : fractions) fraction /= sum;
  return fractions;
}

std::optional<std::vector<int64_t>> exact_shares(const std::vector<double>& fractions, int64_t period) {
  std::vector<int64_t> shares;
  for (const double fraction : fractions) {
    const double share = fraction * static_cast<double>(period);
    if (std::abs(share - std::round(share)) > kWholeTolerance * static_cast<double>(period)) return std::nullopt;
    shares.push_back(static_cast<int64_t>(std::round(share)));
    if (shares.back() == 0) return std::nullopt;
  }
  if (std::accumulate(shares.begin(), shares.end(), int64_t{0}) != period) return std::nullopt;
  return shares;
}

std::vector<int64_t> rounded_shares(const std::vector<double>& fractions) {
  std::vector<int64_t> shares;
  std::vector<std::pair<double, size_t>> remainders;
  for (size_t k = 0; k < fractions.size(); ++k) {
    const double share = fractions[k] * kMaxPeriod;
    shares.push_back(std::max<int64_t>(1, static_cast<int64_t>(share)));
    remainders.emplace_back(static_cast<double>(shares.back()) - share, k);
  }
  int64_t missing = kMaxPeriod - std::accumulate(shares.begin(), shares.end(), int64_t{0});
  std::sort(remainders.begin(), remainders.end());
  for (size_t i = 0; missing > 0; ++i, --missing) ++shares[remainders[i % remainders.size()].second];
  // Sources raised to one sample are paid for by the largest.
  for (; missing < 0; ++missing) --*std::max_element(shares.begin(), shares.end());
  return shares;
}

std::vector<int64_t> shares_of(std::span<const double> weights) {
  const std::vector<double> fractions = normalised(weights);
  if (fractions.size() > static_cast<size_t>(kMaxPeriod)) {
    throw ConfigError(format("a blend takes at most {} sources, got {}", kMaxPeriod, fractions.size()));
  }
  for (int64_t period = 1; period <= kMaxPeriod; ++period) {
    if (auto shares = exact_shares(fractions, period)) return std::move(*shares);
  }
  return rounded_shares(fractions);
}

}  // namespace

Blend::Blend(std::span<const double> weights) : shares_(shares_of(weights)) { schedule(); }

void Blend::schedule() {
  const int64_t period = std::accumulate(shares_.begin(), shares_.end(), int64_t{0});
  const auto num_sources = static_cast<int64_t>(shares_.size());
  const int64_t m = std::max<int64_t>(2, 2 * num_sources - 2);
  std::vector<int64_t> given(shares_.size(), 0);
  schedule_.reserve(static_cast<size_t>(period));
  for (int64_t n = 1; n <= period; ++n) {
    // A source's lag after n samples is share / period * n - given; all is scaled by period * m to stay
    // whole.
    size_t best = shares_.size();
    int64_t best_due = 0;  // (1 - 1/m - lag) / share, as a fraction over shares_[best]
    for (size_t k = 0; k < shares_.size(); ++k) {
      const int64_t lag = m * (n * shares_[k] - period * given[k]);
      if (lag < period && num_sources > 1) continue;
      const int64_t due = (m - 1) * period - lag;
      if (best == shares_.size() ||
          static_cast<__int128>(due) * shares_[best] < static_cast<__int128>(best_due) * shares_[k]) {
        best = k;
        best_due = due;
      }
    }
    TRIREME_CHECK(best < shares_.size(), "no source is due at sample {} of {}", n, period);
    schedule_.push_back({static_cast<int32_t>(best), given[best]++});
  }
}

BlendPlace Blend::operator()(int64_t sample) const {
  TRIREME_CHECK(sample >= 0, "sample {}", sample);
  const BlendPlace place = schedule_[static_cast<size_t>(sample % period())];
  return {place.source, place.ordinal + sample / period() * shares_[static_cast<size_t>(place.source)]};
}

}  // namespace trireme::data
