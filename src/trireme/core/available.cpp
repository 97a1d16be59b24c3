#include "trireme/core/available.h"

#include <sched.h>
#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace trireme {

namespace {

/// The number after `key` in a file of words, or the file's first word when `key` is empty.
std::optional<int64_t> number_in(const fs::path& path, const std::string& key = {}) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    if (!key.empty()) {
      if (word != key || !(file >> word)) continue;
    }
    int64_t value = 0;
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (problem == std::errc() && end == word.data() + word.size()) return value;
    return std::nullopt;  // "max": no limit
  }
  return std::nullopt;
}

bool has_word(const std::string& comma_separated, const std::string& word) {
  return ("," + comma_separated + ",").find("," + word + ",") != std::string::npos;
}

/// Folders of the groups of `controller` that hold this process, its own first, in v2 and v1. In a container the path
/// may be the host's: its lower folders are then missing, and the last one is the container's.
std::vector<fs::path> groups_of(const std::string& controller, const fs::path& root) {
  std::vector<fs::path> folders;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // "0::/path" in v2, "4:cpu,cpuacct:/path" in v1
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && !has_word(controllers, controller)) continue;
    const fs::path top = root / "sys/fs/cgroup" / (controllers.empty() ? "" : controller);
    fs::path below = fs::path(line.substr(second + 1)).relative_path();
    for (; !below.empty(); below = below.parent_path()) folders.push_back(top / below);
    folders.push_back(top);
  }
  return folders;
}

std::optional<int64_t> room_in(const fs::path& group) {
  const auto room = [&](const char* limit_file, const char* used_file,
                        const char* cache_key) -> std::optional<int64_t> {
    const auto limit = number_in(group / limit_file), used = number_in(group / used_file);
    if (!limit || !used) return std::nullopt;
    return *limit - (*used - number_in(group / "memory.stat", cache_key).value_or(0));
  };
  const auto v2 = room("memory.max", "memory.current", "inactive_file");
  return v2 ? v2 : room("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
}

std::optional<int64_t> cores_in(const fs::path& group) {
  auto quota = number_in(group / "cpu.max");
  auto period = quota ? number_in(group / "cpu.max", std::to_string(*quota)) : std::nullopt;  // "QUOTA PERIOD"
  if (!quota) {
    quota = number_in(group / "cpu.cfs_quota_us");  // -1: no limit
    period = number_in(group / "cpu.cfs_period_us");
  }
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return ceil_div(*quota, *period);
}

}  // namespace

Bytes available_memory(const fs::path& root) {
  constexpr int64_t unknown = std::numeric_limits<int64_t>::max();
  const auto host_kib = number_in(root / "proc/meminfo", "MemAvailable:");
  int64_t least = host_kib ? *host_kib * 1024 : unknown;
  for (const fs::path& group : groups_of("memory", root)) least = std::min(least, room_in(group).value_or(unknown));
  return Bytes(std::max<int64_t>(0, least));
}

int available_cores(const fs::path& root) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  int64_t least = ::sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
  for (const fs::path& group : groups_of("cpu", root)) least = std::min(least, cores_in(group).value_or(least));
  return static_cast<int>(std::max<int64_t>(1, least));
}

}  // namespace trireme
