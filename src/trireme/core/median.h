#pragma once

#include <algorithm>
#include <vector>

namespace trireme {

/// The middle value, or the mean of the two in the middle. REQUIRES: not empty.
inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

}  // namespace trireme
