#include "trireme/telemetry/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "trireme/core/format.h"
#include "trireme/telemetry/axis.h"

namespace trireme::telemetry {

namespace {

constexpr double kWidth = 560, kHeight = 300;
constexpr double kLeft = 56, kRight = 14, kTop = 14, kBottom = 40;
constexpr size_t kMostPoints = 1200;  // about two a pixel
constexpr int kColours = 8;

using Points = std::vector<std::pair<double, double>>;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

/// Maps values to the pixels of the picture.
struct Frame {
  Axis x;
  Axis y;

  double pixel_x(double value) const { return kLeft + x.place(value) * (kWidth - kLeft - kRight); }
  double pixel_y(double value) const { return kHeight - kBottom - y.place(value) * (kHeight - kTop - kBottom); }
  std::string at(double px, double py) const { return format("{} {}", format_fixed(px, 1), format_fixed(py, 1)); }
};

/// The lowest and the highest finite point of a stretch, in order, and one gap if it holds any.
void add_extremes(const Points& points, size_t first, size_t last, Points& kept) {
  const std::pair<double, double>*low = nullptr, *high = nullptr, *gap = nullptr;
  for (size_t i = first; i < last; ++i) {
    const auto& point = points[i];
    if (!std::isfinite(point.second)) {
      gap = &point;
      continue;
    }
    if (low == nullptr || point.second < low->second) low = &point;
    if (high == nullptr || point.second > high->second) high = &point;
  }
  if (gap != nullptr) kept.push_back(*gap);
  if (low == nullptr) return;
  kept.push_back(*std::min(low, high));
  if (low != high) kept.push_back(*std::max(low, high));
}

Points thinned(const Points& points) {
  if (points.size() <= kMostPoints) return points;
  const size_t num_buckets = kMostPoints / 2;
  Points kept;
  for (size_t bucket = 0; bucket < num_buckets; ++bucket) {
    add_extremes(points, points.size() * bucket / num_buckets, points.size() * (bucket + 1) / num_buckets, kept);
  }
  return kept;
}

std::string path_of(const Points& points, const Frame& frame) {
  std::string path;
  bool pen_down = false;
  for (const auto& [x, y] : points) {
    if (!std::isfinite(y)) {
      pen_down = false;
      continue;
    }
    path += (pen_down ? "L" : "M") + frame.at(frame.pixel_x(x), frame.pixel_y(y));
    pen_down = true;
  }
  return path;
}

std::string draw_series(const Series& series, const Frame& frame) {
  const Points points = thinned(series.points);
  std::string svg = format("<g class=\"s{}\"><title>{}</title><path class=\"line{}\" d=\"{}\"/>",
                           series.colour % kColours, escape_html(series.label),
                           series.dashed ? " dashed" : (series.dotted ? " dotted" : ""), path_of(points, frame));
  const bool marked = series.dashed || points.size() == 1;
  for (const auto& [x, y] : points) {
    if (!marked || !std::isfinite(y)) continue;
    svg += format("<circle cx=\"{}\" cy=\"{}\" r=\"2.5\"><title>{}: {} at {}</title></circle>",
                  format_fixed(frame.pixel_x(x), 1), format_fixed(frame.pixel_y(y), 1), escape_html(series.label),
                  short_number(y), short_number(x));
  }
  return svg + "</g>";
}

std::string text(double x, double y, const char* anchor, const std::string& words) {
  return format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>", format_fixed(x, 1), format_fixed(y, 1), anchor,
                escape_html(words));
}

std::string draw_grid(const Frame& frame, const std::string& x_name) {
  std::string svg;
  const double bottom = kHeight - kBottom;
  for (const double tick : frame.y.ticks) {
    const double y = frame.pixel_y(tick);
    svg += format("<path class=\"grid\" d=\"M{}H{}\"/>", frame.at(kLeft, y), kWidth - kRight);
    svg += text(kLeft - 6, y + 4, "end", short_number(tick));
  }
  for (const double tick : frame.x.ticks) {
    const double x = frame.pixel_x(tick);
    svg += format("<path class=\"axis\" d=\"M{}v4\"/>", frame.at(x, bottom));
    svg += text(x, bottom + 17, "middle", short_number(tick));
  }
  svg += format("<path class=\"axis\" d=\"M{}H{}\"/>", frame.at(kLeft, bottom), kWidth - kRight);
  return svg + text((kLeft + kWidth - kRight) / 2, kHeight - 6, "middle", x_name);
}

std::string draw_marks(const Chart& chart, const Frame& frame) {
  std::string svg;
  for (const auto& [x, what] : chart.marks) {
    if (x < frame.x.low || x > frame.x.high) continue;
    svg += format("<path class=\"mark\" d=\"M{}V{}\"><title>{}</title></path>", frame.at(frame.pixel_x(x), kTop),
                  kHeight - kBottom, escape_html(what));
  }
  return svg;
}

std::string open_svg(const Chart& chart) {
  return format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", kWidth, kHeight,
                escape_html(format("Line chart of {} by {}", chart.title, chart.x_name)));
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += letter;
    }
  }
  return escaped;
}

std::string standalone_svg(const Chart& chart, std::string_view style) {
  constexpr std::string_view kOpen = "<svg ";
  std::string svg = draw_svg(chart);
  const std::string caption = text(kLeft, kTop - 2, "start", format("{}, {}", chart.title, chart.unit));
  svg.insert(svg.find('>') + 1, format("<style>{}svg{font-family:system-ui,sans-serif}</style>", style) + caption);
  return svg.insert(kOpen.size(), "xmlns=\"http://www.w3.org/2000/svg\" ");
}

std::string draw_svg(const Chart& chart) {
  Range x, y;
  for (const Series& series : chart.series) {
    for (const auto& [px, py] : series.points) {
      x.include(px);
      if (std::isfinite(py)) y.include(py);
    }
  }
  if (y.empty()) return open_svg(chart) + text(kWidth / 2, kHeight / 2, "middle", "no data") + "</svg>\n";
  if (chart.from_zero) y.include(0);
  const double margin = 0.05 * (y.high - y.low);
  y.include(y.high + margin);
  if (!chart.from_zero) y.include(y.low - margin);
  const Frame frame{make_axis(x.low, x.high, 6), make_axis(y.low, y.high, 5)};
  std::string svg = open_svg(chart) + draw_grid(frame, chart.x_name) + draw_marks(chart, frame);
  for (const Series& series : chart.series) svg += draw_series(series, frame);
  return svg + "</svg>\n";
}

}  // namespace trireme::telemetry
