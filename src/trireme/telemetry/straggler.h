#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace trireme::telemetry {

/// Where one rank's step went, in seconds; NaN: unknown. docs/metrics.md defines the phases.
struct StepPhases {
  double data = 0;
  double compute = 0;
  double comm = 0;
  double save = 0;

  /// What the rank itself took; it waits for its peers in `comm`.
  double own() const { return data + compute + save; }
  double total() const { return own() + comm; }
  StepPhases& operator+=(const StepPhases& other);
};

/// A rank that its peers wait for.
struct Straggler {
  int rank = 0;
  std::string phase;    // data, compute or save: the one that lies furthest above the ranks' median
  double share = 0;     // of its own time in its step, 0 to 1
  double slowdown = 0;  // its own time over the median of the ranks
};

/// Finds ranks whose own time is persistently above kLimit x the median of the ranks: in kWindows windows of
/// kWindowSteps steps in a row. One hiccup fills one window. With an even number of ranks the median is the lower
/// middle, so that of two ranks the slower one is seen.
class StragglerWatch {
 public:
  static constexpr int64_t kWindowSteps = 10;
  static constexpr int kWindows = 3;
  static constexpr double kLimit = 1.5;

  explicit StragglerWatch(size_t num_ranks) : sums_(num_ranks), slow_windows_(num_ranks) {}

  /// One step of every rank. Returns the ranks that have become stragglers with it; each again only after a window
  /// without. Nothing where a phase is unknown.
  std::vector<Straggler> add(std::span<const StepPhases> ranks);

 private:
  std::vector<Straggler> judge();

  std::vector<StepPhases> sums_;   // of this window
  std::vector<int> slow_windows_;  // in a row, by rank
  int64_t steps_ = 0;              // in this window
};

}  // namespace trireme::telemetry
