#include "fault_plan.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <sstream>
#include <string>

namespace faults {

namespace {

constexpr std::array<const char*, 9> kNames = {"open",     "read",  "write",  "sync", "rename",
                                               "truncate", "mkdir", "remove", "map"};

std::atomic<long> clock_ahead{0};

struct Fault {
  std::string call, where, action;
  long value = 0;
  long first = 1, times = 1;
  std::atomic<long> seen{0};
};

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string own_name() { return std::getenv("TRIREME_RANK") != nullptr ? variable("TRIREME_RANK") : "supervisor"; }

/// The faults of this process.
std::deque<Fault> read_plan() {
  std::deque<Fault> plan;
  if (const std::string generation = variable("TRIREME_GENERATION"); !generation.empty() && generation != "0")
    return plan;
  std::istringstream list(variable("FAULTS"));
  for (std::string text; std::getline(list, text, ';');) {
    std::istringstream words(text);
    std::array<std::string, 6> word;
    for (std::string& one : word) std::getline(words, one, '|');
    if (word[0] != "*" && word[0] != own_name()) continue;
    Fault& fault = plan.emplace_back();
    fault.call = word[1];
    fault.where = word[2];
    fault.first = std::atol(word[3].c_str());
    fault.times = std::atol(word[4].c_str());
    const size_t equals = word[5].find('=');
    fault.action = word[5].substr(0, equals);
    if (equals != std::string::npos) fault.value = std::atol(word[5].c_str() + equals + 1);
  }
  return plan;
}

/// Past every function that is struck itself.
void note(const Fault& fault, Call call, const std::string& path) {
  const std::string line = own_name() + " " + kNames[static_cast<size_t>(call)] + " " + fault.action + "=" +
                           std::to_string(fault.value) + " " + path + "\n";
  const long fd = syscall(SYS_open, variable("FAULT_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;
  syscall(SYS_write, fd, line.data(), line.size());
  syscall(SYS_close, fd);
}

void limit_memory(long more_mib) {
  long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  const auto bytes = static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE) + (more_mib << 20));
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_AS, &limit);
}

void act(const Fault& fault, Verdict& verdict) {
  if (fault.action == "error") verdict.error = static_cast<int>(fault.value);
  if (fault.action == "short") verdict.is_short = true;
  if (fault.action == "signal") ::kill(::getpid(), static_cast<int>(fault.value));
  if (fault.action == "memory") limit_memory(fault.value);
  if (fault.action == "clock") clock_ahead = fault.value;
  if (fault.action == "delay") {
    const timespec pause{fault.value / 1000, fault.value % 1000 * 1'000'000};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace

Verdict strike(Call call, const char* path) {
  static std::deque<Fault> plan = read_plan();
  Verdict verdict;
  for (Fault& fault : plan) {
    if (fault.call != "any" && fault.call != kNames[static_cast<size_t>(call)]) continue;
    if (std::string_view(path).find(fault.where) == std::string_view::npos) continue;
    const long number = ++fault.seen;
    if (number < fault.first || number >= fault.first + fault.times) continue;
    note(fault, call, path);
    act(fault, verdict);
  }
  return verdict;
}

Verdict strike(Call call, int fd) {
  static const std::string control = variable("TRIREME_CONTROL_FD");
  if (!control.empty() && std::to_string(fd) == control) return strike(call, "control");
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size() - 1);
  return length > 0 ? strike(call, path.data()) : Verdict{};
}

size_t shortened(size_t bytes) {
  constexpr size_t kPage = 4096;
  const size_t half = (bytes + 1) / 2;
  return bytes >= 2 * kPage ? half / kPage * kPage : half;
}

long clock_offset() { return clock_ahead; }

}  // namespace faults
