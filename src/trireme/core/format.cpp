#include "trireme/core/format.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace trireme {

namespace {

std::string scaled(double value, double base, const std::array<const char*, 6>& units) {
  size_t unit = 0;
  while (std::abs(value) >= base && unit + 1 < units.size()) {
    value /= base;
    ++unit;
  }
  return format_fixed(value, unit == 0 && value == std::floor(value) ? 0 : 2) + units[unit];
}

}  // namespace

std::string format_fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string format_bytes(double bytes) { return scaled(bytes, 1024, {" B", " KiB", " MiB", " GiB", " TiB", " PiB"}); }

std::string format_count(double count) { return scaled(count, 1000, {"", " K", " M", " B", " T", " P"}); }

std::string format_seconds(double seconds) {
  if (seconds < 60) return format_fixed(seconds, seconds < 10 ? 1 : 0) + "s";
  const auto whole = static_cast<long long>(seconds + 0.5);
  std::array<char, 64> text{};
  if (whole < 3600) {
    std::snprintf(text.data(), text.size(), "%lldm %02llds", whole / 60, whole % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%lldh %02lldm", whole / 3600, whole % 3600 / 60);
  }
  return text.data();
}

}  // namespace trireme
