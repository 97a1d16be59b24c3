#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace trireme::checkpoint {

/// Memory that a save copies a shard into. Its pages are there from the start, so that the copy runs at the speed of
/// memory.
class StagingBuffer {
 public:
  StagingBuffer() = default;
  /// Throws IoError when there is no memory left.
  explicit StagingBuffer(int64_t bytes);
  ~StagingBuffer();
  StagingBuffer(StagingBuffer&& other) noexcept;
  StagingBuffer& operator=(StagingBuffer&& other) noexcept;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace trireme::checkpoint
