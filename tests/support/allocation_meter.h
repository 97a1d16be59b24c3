#pragma once

#include <cstdint>

namespace trireme::test {

/// What a piece of code takes of the heap. A program that uses one counts every malloc, free and new of all its threads
/// and libraries; but under a sanitizer, which has an allocator of its own, every figure is 0.
class AllocationMeter {
 public:
  /// Starts to count. One at a time.
  AllocationMeter();
  /// Most bytes that were held at once since then beyond those held at the start.
  int64_t peak() const;
  /// Bytes of the largest block that was asked for since then.
  int64_t largest() const;

 private:
  int64_t start_;
};

}  // namespace trireme::test
