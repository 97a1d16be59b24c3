#pragma once

#include <optional>
#include <string>

namespace trireme::recipe {

/// An entry of [data] train or valid: "PREFIX", which weighs 1, or "WEIGHT PREFIX".
struct WeightedPath {
  double weight = 1.0;
  std::string path;
};

/// Nothing when the path is missing or the weight is not above 0.
std::optional<WeightedPath> parse_weighted_path(const std::string& text);

}  // namespace trireme::recipe
