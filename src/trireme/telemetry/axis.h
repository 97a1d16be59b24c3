#pragma once

#include <string>
#include <vector>

namespace trireme::telemetry {

/// A range of values with round ticks, for pictures.
struct Axis {
  double low = 0;
  double high = 1;
  std::vector<double> ticks;  // ascending, within [low, high]

  /// Where a value lies, 0 at `low` and 1 at `high`.
  double place(double value) const { return (value - low) / (high - low); }
};

/// An axis over [low, high] with about `num_ticks` ticks, multiples of 1, 2 or 5 times a power of ten. A range of one
/// value is widened around it.
Axis make_axis(double low, double high, int num_ticks);

/// "12.5k", "0.002", "3": a tick or figure of at most four significant digits.
std::string short_number(double value);

}  // namespace trireme::telemetry
