#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "trireme/core/error.h"
#include "trireme/core/utf8.h"

namespace trireme::formats {

/// Reads little-endian values front to back and never past the end.
class GgufCursor {
 public:
  /// From `position` on.
  GgufCursor(std::span<const std::byte> bytes, std::string source, size_t position = 0)
      : bytes_(bytes), source_(std::move(source)), position_(position) {}

  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }

  /// What lies from `begin` to here.
  std::span<const std::byte> since(size_t begin) const { return bytes_.subspan(begin, position_ - begin); }

  /// `what` names the value in the error.
  template <class T>
  T read(const std::string& what) {
    T value;
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }

  std::string_view read_text(const std::string& what) {
    const auto text = take(read<uint64_t>(what), what);
    return {reinterpret_cast<const char*>(text.data()), text.size()};
  }

  void skip(uint64_t bytes, const std::string& what) { take(bytes, what); }

  /// A number of things that need at least `bytes_each` bytes apiece.
  uint64_t read_count(const std::string& what, size_t bytes_each) {
    const auto count = read<uint64_t>(what);
    check_count(count, what, bytes_each);
    return count;
  }

  void check_count(uint64_t count, const std::string& what, size_t bytes_each) const {
    if (count <= remaining() / bytes_each) return;
    fail(what, format("count {} can't fit the {} bytes left: truncated or corrupt", count, remaining()));
  }

  [[noreturn]] void fail(const std::string& what, const std::string& message) const {
    throw FormatError(format("{}: {}: {}", source_, shortened(what), message));
  }

 private:
  std::span<const std::byte> take(uint64_t size, const std::string& what) {
    if (size > remaining()) {
      fail(what, format("needs {} bytes at byte {}, but the file ends at {}: truncated or corrupt", size, position_,
                        bytes_.size()));
    }
    const auto taken = bytes_.subspan(position_, size);
    position_ += size;
    return taken;
  }

  std::span<const std::byte> bytes_;
  std::string source_;
  size_t position_;
};

}  // namespace trireme::formats
