#pragma once

#include <string>
#include <vector>

#include "trireme/core/file.h"

namespace trireme::formats {

/// A new file written front to back through a buffer, visible under its name only once it is whole: it grows as
/// "<path>.tmp", and `finish` flushes it to the disk and renames it. Dropped unfinished, it leaves nothing behind.
class BufferedFile {
 public:
  /// Throws IoError naming the path.
  explicit BufferedFile(fs::path path, size_t buffer_bytes = size_t{1} << 20);
  ~BufferedFile();
  BufferedFile(const BufferedFile&) = delete;
  BufferedFile& operator=(const BufferedFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// The value's bytes in the machine's order; formats here are little-endian, as every supported processor is.
  template <class T>
  void write_value(const T& value) {
    write(std::as_bytes(std::span(&value, 1)));
  }
  int64_t size() const { return size_; }
  void finish();

 private:
  void flush();

  fs::path path_;
  fs::path temporary_;
  UniqueFd fd_;
  std::vector<std::byte> buffer_;
  size_t buffer_bytes_;
  int64_t size_ = 0;
};

}  // namespace trireme::formats
