#pragma once

#include <string>
#include <utility>
#include <vector>

namespace trireme::telemetry {

/// A line of a chart. Points are ascending in x; one whose y is not finite leaves a gap.
struct Series {
  std::string label;
  int colour = 0;       // lines of one run share it
  bool dashed = false;  // and with a mark at each point
  bool dotted = false;
  std::vector<std::pair<double, double>> points;
};

struct Chart {
  std::string title;
  std::string unit;  // of y; may be empty
  std::string x_name;
  bool from_zero = false;  // y starts at 0
  std::vector<Series> series;
  std::vector<std::pair<double, std::string>> marks;  // vertical lines: x, what happened there
};

/// An <svg> element that needs the style of report_style(). Long lines are thinned so that peaks stay.
/// Without any finite point it says that there is no data.
std::string draw_svg(const Chart& chart);

/// The same as a file of its own, with `style` and a caption inside.
std::string standalone_svg(const Chart& chart, std::string_view style);

/// Escapes text for HTML and SVG.
std::string escape_html(std::string_view text);

}  // namespace trireme::telemetry
