#include "trireme/core/clock.h"

#include <unistd.h>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>

namespace trireme {

double now_seconds() { return Seconds(Clock::now().time_since_epoch()).count(); }

double seconds_since_process_start() {
  // Field 22 of /proc/self/stat, counted after the command name, which may itself hold spaces and brackets.
  std::ifstream stat("/proc/self/stat");
  std::stringstream text;
  text << stat.rdbuf();
  const std::string all = text.str();
  std::istringstream fields(all.substr(all.rfind(')') + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  double uptime = 0;
  std::ifstream("/proc/uptime") >> uptime;
  return uptime - std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

namespace {

double seconds_on(clockid_t clock) {
  timespec spent{};
  clock_gettime(clock, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

}  // namespace

double process_cpu_seconds() { return seconds_on(CLOCK_PROCESS_CPUTIME_ID); }
double thread_cpu_seconds() { return seconds_on(CLOCK_THREAD_CPUTIME_ID); }

std::string time_of_day() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  localtime_r(&now.tv_sec, &parts);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d.%03ld", parts.tm_hour, parts.tm_min, parts.tm_sec,
                now.tv_nsec / 1000000);
  return text.data();
}

std::string utc_timestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace trireme
