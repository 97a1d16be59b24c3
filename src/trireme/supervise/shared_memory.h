#pragma once

#include <span>

#include "trireme/core/file.h"

namespace trireme::supervise {

/// Memory without a name, shared with whoever inherits the descriptor; the kernel frees it with the last of them, so
/// nothing is left behind. Not inherited until the owner says so. Throws IoError.
UniqueFd create_shared_memory(size_t bytes);

/// Part of shared memory mapped into this process, readable and writable.
class SharedMapping {
 public:
  SharedMapping() = default;
  /// REQUIRES: `offset` is a multiple of the page size. Throws IoError.
  SharedMapping(int fd, size_t bytes, size_t offset = 0);
  ~SharedMapping();
  SharedMapping(SharedMapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  SharedMapping& operator=(SharedMapping&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace trireme::supervise
