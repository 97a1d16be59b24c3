#include "trireme/telemetry/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>

#include "trireme/core/format.h"

namespace trireme::telemetry {

namespace {

constexpr double kRedrawSeconds = 0.1;
constexpr int kBarWidth = 24;
constexpr std::string_view kEraseLine = "\r\x1b[K";

int terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// One write, so that a line never mixes with one of the log.
void put(const std::string& text) {
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string bar(double fraction) {
  const auto filled = static_cast<size_t>(fraction * kBarWidth);
  std::string text(filled, '=');
  if (filled < kBarWidth) text += '>';
  text.resize(kBarWidth, ' ');
  return "[" + text + "]";
}

}  // namespace

Progress::Progress(Options options) : options_(std::move(options)), terminal_(::isatty(STDERR_FILENO) == 1) {
  if (!terminal_) next_draw_ = options_.line_seconds;  // short work leaves no line at all
}

Progress::~Progress() { clear(); }

void Progress::update(double done, std::string_view detail) {
  const double now = elapsed_.seconds();
  if (now < next_draw_) return;
  next_draw_ = now + (terminal_ ? kRedrawSeconds : options_.line_seconds);
  if (!terminal_) {
    put(render(options_, done, now, detail, 0) + "\n");
    return;
  }
  put(std::string(kEraseLine) + render(options_, done, now, detail, terminal_columns() - 1));
  drawn_ = true;
}

void Progress::clear() {
  if (drawn_) put(std::string(kEraseLine));
  drawn_ = false;
  next_draw_ = terminal_ ? 0 : next_draw_;
}

std::string Progress::render(const Options& options, double done, double elapsed_seconds, std::string_view detail,
                             int columns) {
  std::string line = options.label;
  if (options.total > 0) {
    const double fraction = std::clamp(done / options.total, 0.0, 1.0);
    if (columns > 0) line += " " + bar(fraction);
    line += format(" {}%", static_cast<int>(100 * fraction));
    if (fraction > 0) line += format(" {} left", format_seconds(elapsed_seconds * (1 - fraction) / fraction));
  }
  if (!detail.empty()) line += format("  {}", detail);
  if (columns > 0 && line.size() > static_cast<size_t>(columns)) line.resize(static_cast<size_t>(columns));
  return line;
}

}  // namespace trireme::telemetry
