#include "trireme/telemetry/straggler.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "trireme/core/check.h"

namespace trireme::telemetry {

namespace {

template <class Figure>
double median(const std::vector<StepPhases>& ranks, Figure figure) {
  std::vector<double> values;
  for (const StepPhases& rank : ranks) values.push_back(figure(rank));
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::string slowest_phase(const std::vector<StepPhases>& ranks, const StepPhases& rank) {
  struct Phase {
    const char* name;
    double StepPhases::*seconds;
  };
  constexpr std::array kOwn = {Phase{"data", &StepPhases::data}, Phase{"compute", &StepPhases::compute},
                               Phase{"save", &StepPhases::save}};
  const auto excess = [&](const Phase& phase) {
    return rank.*phase.seconds - median(ranks, [&](const StepPhases& other) { return other.*phase.seconds; });
  };
  return std::max_element(kOwn.begin(), kOwn.end(),
                          [&](const Phase& a, const Phase& b) { return excess(a) < excess(b); })
      ->name;
}

}  // namespace

StepPhases& StepPhases::operator+=(const StepPhases& other) {
  data += other.data;
  compute += other.compute;
  comm += other.comm;
  save += other.save;
  return *this;
}

std::vector<Straggler> StragglerWatch::add(std::span<const StepPhases> ranks) {
  TRIREME_CHECK(ranks.size() == sums_.size(), "phases of {} ranks, not {}", ranks.size(), sums_.size());
  for (size_t rank = 0; rank < ranks.size(); ++rank) sums_[rank] += ranks[rank];
  if (++steps_ < kWindowSteps) return {};
  const std::vector<Straggler> found = judge();
  steps_ = 0;
  sums_.assign(sums_.size(), {});
  return found;
}

std::vector<Straggler> StragglerWatch::judge() {
  std::vector<Straggler> found;
  const bool known =
      std::all_of(sums_.begin(), sums_.end(), [](const StepPhases& rank) { return std::isfinite(rank.total()); });
  if (!known) return found;
  const double usual = median(sums_, [](const StepPhases& rank) { return rank.own(); });
  for (size_t rank = 0; rank < sums_.size(); ++rank) {
    const StepPhases& sum = sums_[rank];
    slow_windows_[rank] = sum.own() > kLimit * usual ? slow_windows_[rank] + 1 : 0;
    if (slow_windows_[rank] != kWindows) continue;
    found.push_back({.rank = static_cast<int>(rank),
                     .phase = slowest_phase(sums_, sum),
                     .share = sum.own() / sum.total(),
                     .slowdown = sum.own() / usual});
  }
  return found;
}

}  // namespace trireme::telemetry
