#include "trireme/device/memory_count.h"

namespace trireme {

void MemoryCount::add(int64_t bytes) noexcept {
  const int64_t now = current_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (peak < now && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

MemoryCount& memory_count() {
  static MemoryCount count;
  return count;
}

}  // namespace trireme
