#include "trireme/recipe/weighted_path.h"

#include <charconv>
#include <cmath>

namespace trireme::recipe {

std::optional<WeightedPath> parse_weighted_path(const std::string& text) {
  if (text.empty()) return std::nullopt;
  double weight = 0.0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), weight);
  const size_t used = static_cast<size_t>(end - text.data());
  // A path may start with a digit; a weight ends at a space.
  if (problem != std::errc() || used == text.size() || text[used] != ' ') return WeightedPath{1.0, text};
  const size_t begin = text.find_first_not_of(' ', used);
  if (begin == std::string::npos || !(weight > 0) || !std::isfinite(weight)) return std::nullopt;
  return WeightedPath{weight, text.substr(begin)};
}

}  // namespace trireme::recipe
