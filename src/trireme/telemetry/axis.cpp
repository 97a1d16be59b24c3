#include "trireme/telemetry/axis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace trireme::telemetry {

namespace {

/// The smallest of 1, 2, 5 times a power of ten that is at least `step`.
double round_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::string with_suffix(double value, const char* suffix) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.4g%s", value, suffix);
  return text.data();
}

}  // namespace

Axis make_axis(double low, double high, int num_ticks) {
  if (!(high > low)) {
    const double margin = std::max(std::abs(low) * 0.1, 1e-6);
    low -= margin;
    high += margin;
  }
  const double step = round_step((high - low) / num_ticks);
  Axis axis;
  axis.low = low;
  axis.high = high;
  const auto first = static_cast<int64_t>(std::ceil(low / step - 1e-9));
  const auto last = static_cast<int64_t>(std::floor(high / step + 1e-9));
  for (int64_t i = first; i <= last; ++i) axis.ticks.push_back(static_cast<double>(i) * step);
  return axis;
}

std::string short_number(double value) {
  const double size = std::abs(value);
  if (size >= 1e9) return with_suffix(value / 1e9, "G");
  if (size >= 1e6) return with_suffix(value / 1e6, "M");
  if (size >= 1e4) return with_suffix(value / 1e3, "k");
  return with_suffix(value, "");
}

}  // namespace trireme::telemetry
