#pragma once

#include <string>
#include <utility>
#include <vector>

namespace trireme::telemetry {

/// A line of (x, y) points as text for a terminal: braille dots, with the y axis at the left and the first and last x
/// below. `columns` by `rows` characters in all. Points that are not finite are left out; without any, it says so.
std::string text_plot(const std::string& title, const std::vector<std::pair<double, double>>& points, int columns = 78,
                      int rows = 16);

}  // namespace trireme::telemetry
