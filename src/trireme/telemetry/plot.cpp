#include "trireme/telemetry/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "trireme/core/format.h"
#include "trireme/telemetry/axis.h"

namespace trireme::telemetry {

namespace {

constexpr int kLabelWidth = 7;
constexpr int kDotsAcross = 2, kDotsDown = 4;

/// Dots on a grid of braille characters, each of 2 by 4. Dot numbers as in Unicode, block U+2800.
class Canvas {
 public:
  Canvas(int columns, int rows) : columns_(columns), rows_(rows), cells_(static_cast<size_t>(columns * rows)) {}

  int width() const { return columns_ * kDotsAcross; }
  int height() const { return rows_ * kDotsDown; }

  void dot(int x, int y) {
    constexpr uint8_t kBits[kDotsDown][kDotsAcross] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    x = std::clamp(x, 0, width() - 1);
    y = std::clamp(y, 0, height() - 1);
    cells_[static_cast<size_t>(y / kDotsDown * columns_ + x / kDotsAcross)] |= kBits[y % kDotsDown][x % kDotsAcross];
  }

  /// The cells of a row in UTF-8: U+2800 plus the bits.
  std::string row(int number) const {
    std::string text;
    for (int column = 0; column < columns_; ++column) {
      const uint8_t bits = cells_[static_cast<size_t>(number * columns_ + column)];
      if (bits == 0) {
        text += ' ';
        continue;
      }
      text += '\xe2';
      text += static_cast<char>(0xa0 | bits >> 6);
      text += static_cast<char>(0x80 | (bits & 0x3f));
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  }

 private:
  int columns_;
  int rows_;
  std::vector<uint8_t> cells_;
};

void draw_line(Canvas& canvas, double x0, double y0, double x1, double y1) {
  const int steps = 1 + static_cast<int>(std::max(std::abs(x1 - x0), std::abs(y1 - y0)));
  for (int i = 0; i <= steps; ++i) {
    const double part = static_cast<double>(i) / steps;
    canvas.dot(static_cast<int>(std::lround(x0 + part * (x1 - x0))),
               static_cast<int>(std::lround(y0 + part * (y1 - y0))));
  }
}

std::string padded_left(const std::string& text, size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

}  // namespace

std::string text_plot(const std::string& title, const std::vector<std::pair<double, double>>& points, int columns,
                      int rows) {
  std::vector<std::pair<double, double>> finite;
  for (const auto& point : points) {
    if (std::isfinite(point.second)) finite.push_back(point);
  }
  if (finite.empty()) return title + ": no data\n";
  const auto [low, high] = std::minmax_element(finite.begin(), finite.end(),
                                               [](const auto& a, const auto& b) { return a.second < b.second; });
  const Axis y = make_axis(low->second, high->second, 4);
  const double x_low = finite.front().first, x_span = std::max(finite.back().first - x_low, 1e-9);

  Canvas canvas(columns - kLabelWidth - 1, rows - 2);
  const auto place = [&](const std::pair<double, double>& point) {
    return std::pair{(point.first - x_low) / x_span * (canvas.width() - 1),
                     (1 - y.place(point.second)) * (canvas.height() - 1)};
  };
  for (size_t i = 0; i < finite.size(); ++i) {
    const auto from = place(finite[i == 0 ? 0 : i - 1]), to = place(finite[i]);
    draw_line(canvas, from.first, from.second, to.first, to.second);
  }

  std::vector<std::string> labels(static_cast<size_t>(rows - 2));
  for (const double tick : y.ticks) {
    const auto row = static_cast<size_t>(std::lround((1 - y.place(tick)) * (canvas.height() - 1))) / kDotsDown;
    labels[row] = short_number(tick);
  }
  std::string text = title + "\n";
  for (int row = 0; row < rows - 2; ++row) {
    text += padded_left(labels[static_cast<size_t>(row)], kLabelWidth) + "│" + canvas.row(row) + "\n";
  }
  const std::string last = short_number(finite.back().first);
  const std::string first = padded_left(short_number(x_low), kLabelWidth + 1);
  return text + first + padded_left(last, static_cast<size_t>(columns) - first.size()) + "\n";
}

}  // namespace trireme::telemetry
