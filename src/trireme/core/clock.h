#pragma once

#include <chrono>
#include <string>

namespace trireme {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// Seconds on the steady clock; only differences mean anything.
double now_seconds();
/// Seconds since this process was started by the kernel, for start-up figures.
double seconds_since_process_start();
/// Processor seconds of all threads of this process.
double process_cpu_seconds();
/// Processor seconds of the calling thread.
double thread_cpu_seconds();
/// Local time of day, "12:03:44.120".
std::string time_of_day();
/// UTC, "2026-11-23T12:03:44Z".
std::string utc_timestamp();

/// Latest moment an operation may end.
class Deadline {
 public:
  static Deadline after(Seconds limit) {
    return Deadline(Clock::now() + std::chrono::duration_cast<Clock::duration>(limit));
  }
  static Deadline never() { return Deadline(Clock::time_point::max()); }
  bool passed() const { return Clock::now() >= at_; }
  /// Whether it has passed, for who looks again and again, each time after `asked`. A look that comes more than a
  /// second late puts the deadline off by as much: this process was stopped, perhaps with all others of its job by a
  /// batch system that suspends it.
  bool look(Seconds asked) {
    constexpr Seconds kLate{1};  // no load of the host explains more
    const auto now = Clock::now();
    const Seconds late = now - looked_at_ - asked;
    if (late > kLate && at_ != Clock::time_point::max()) at_ += std::chrono::duration_cast<Clock::duration>(late);
    looked_at_ = now;
    return now >= at_;
  }
  Clock::time_point at() const { return at_; }

 private:
  explicit Deadline(Clock::time_point at) : at_(at) {}
  Clock::time_point at_, looked_at_ = Clock::now();
};

/// Measures wall time from its construction.
class Stopwatch {
 public:
  double seconds() const { return Seconds(Clock::now() - start_).count(); }
  void restart() { start_ = Clock::now(); }

 private:
  Clock::time_point start_ = Clock::now();
};

}  // namespace trireme
