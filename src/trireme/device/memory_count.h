#pragma once

#include <atomic>
#include <cstdint>

namespace trireme {

/// Bytes of tensor memory this process holds now and held at most: tensors of the allocator and buffers of
/// collectives alike. What `peak_memory_bytes` reports, and what `trireme plan` is held to.
class MemoryCount {
 public:
  void add(int64_t bytes) noexcept;
  void subtract(int64_t bytes) noexcept { current_.fetch_sub(bytes, std::memory_order_relaxed); }

  int64_t current() const noexcept { return current_.load(std::memory_order_relaxed); }
  int64_t peak() const noexcept { return peak_.load(std::memory_order_relaxed); }
  /// The peak starts again from what is held now.
  void reset_peak() noexcept { peak_.store(current(), std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> current_{0};
  std::atomic<int64_t> peak_{0};
};

/// One for the process, as its heap is one.
MemoryCount& memory_count();

}  // namespace trireme
