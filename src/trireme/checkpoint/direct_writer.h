#pragma once

#include <span>

#include "trireme/checkpoint/staging_buffer.h"
#include "trireme/core/file.h"

namespace trireme::checkpoint {

/// Appends to a new file past the page cache, where the file system can do so: a checkpoint is not read again soon, and
/// its pages would cost a copy and drive out others. Bytes that lie and end on page borders are written from where they
/// are; the rest passes through a buffer. Every call throws IoError naming the file.
class DirectWriter {
 public:
  /// Of one write: large enough for a disk's full speed.
  static constexpr size_t kBlock = size_t{4} << 20;

  explicit DirectWriter(const fs::path& path);
  void append(std::span<const std::byte> bytes);
  /// Writes what is buffered and flushes the file to the disk.
  void finish();

 private:
  void write(std::span<const std::byte> bytes);

  fs::path path_;
  UniqueFd fd_;
  StagingBuffer buffer_;
  size_t used_ = 0;
};

}  // namespace trireme::checkpoint
