#pragma once

#include <string>
#include <string_view>

#include "trireme/core/clock.h"

namespace trireme::telemetry {

/// Progress of one long piece of work, on standard error. On a terminal: one line that is redrawn, with a bar
/// and the time left. Elsewhere: a whole line now and then, so that logs stay readable. Not for use by
/// several threads.
class Progress {
 public:
  struct Options {
    std::string label;         // "train", "prepare"
    double total = 0;          // in the units of `update`; 0: unknown, no bar
    double line_seconds = 10;  // shortest time between plain lines
  };

  explicit Progress(Options options);
  /// Clears the bar, so that what follows begins on a clean line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of total so far; `detail` follows the bar: "loss 3.21, 12.3 K tokens/s". Cheap when called often.
  void update(double done, std::string_view detail);
  /// Removes the bar, for other output; the next update draws it again.
  void clear();

  /// One line as drawn, without colour: "train [=====>    ]  50% 1m 02s left  detail".
  static std::string render(const Options& options, double done, double elapsed_seconds, std::string_view detail,
                            int columns);

 private:
  Options options_;
  Stopwatch elapsed_;
  double next_draw_ = 0;
  bool terminal_;
  bool drawn_ = false;
};

}  // namespace trireme::telemetry
