#include "trireme/core/log.h"

#include <unistd.h>
#include <atomic>

#include "trireme/core/clock.h"

namespace trireme {

namespace {

// The one piece of process-wide state: a log line must be possible from anywhere, also while unwinding.
std::atomic<LogLevel> g_level{LogLevel::kInfo};
std::atomic<int> g_rank{-1};

const char* level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug: ";
    case LogLevel::kInfo: return "";
    case LogLevel::kWarning: return "warning: ";
    case LogLevel::kError: return "error: ";
  }
  return "";
}

}  // namespace

void set_log_level(LogLevel level) { g_level = level; }
void set_log_rank(int rank) { g_rank = rank; }

void log(LogLevel level, std::string_view text) {
  if (level < g_level.load()) return;
  const int rank = g_rank.load();
  const std::string who = rank >= 0 ? format("rank {} ", rank) : "";
  const std::string line = format("{} {}{}{}\n", time_of_day(), who, level_name(level), text);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace trireme
