#include "trireme/comm/shm/available_memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace trireme::comm::shm {

namespace {

/// The number after `key` in a file of "key number" lines, or the file's only number when `key` is empty.
std::optional<int64_t> number_in(const char* path, const std::string& key = {}) {
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

int64_t room_in_cgroup(const char* limit_path, const char* used_path, const char* stat_path, const char* cache_key) {
  const auto limit = number_in(limit_path), used = number_in(used_path);
  if (!limit || !used) return std::numeric_limits<int64_t>::max();
  const int64_t reclaimable = number_in(stat_path, cache_key).value_or(0);
  return *limit - (*used - reclaimable);
}

}  // namespace

Bytes available_memory() {
  constexpr int64_t unknown = std::numeric_limits<int64_t>::max();
  const auto host_kib = number_in("/proc/meminfo", "MemAvailable:");
  const int64_t v2 = room_in_cgroup("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current",
                                    "/sys/fs/cgroup/memory.stat", "inactive_file");
  const int64_t v1 =
      room_in_cgroup("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes",
                     "/sys/fs/cgroup/memory/memory.stat", "total_inactive_file");
  return Bytes(std::max<int64_t>(0, std::min({host_kib ? *host_kib * 1024 : unknown, v2, v1})));
}

}  // namespace trireme::comm::shm
