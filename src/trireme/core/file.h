#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace trireme {

namespace fs = std::filesystem;

/// Owns a file descriptor. Move only; closing never throws.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

/// open(2) with O_CLOEXEC. Throws IoError naming the path.
UniqueFd open_file(const fs::path& path, int flags, int mode = 0644);
/// Writes all of it, or throws IoError naming `what`.
void write_all(int fd, std::span<const std::byte> bytes, const fs::path& what);
void write_all(int fd, std::string_view text, const fs::path& what);
/// Flushes file contents or a folder's entries to the disk. Throws IoError.
void fsync_path(const fs::path& path);

std::string read_file(const fs::path& path);
/// The whole file or nothing, for what can be made again: it may be lost when the host stops.
void write_file(const fs::path& path, std::string_view text);
/// Temporary file beside it, fsync, rename: after a crash the file is the old one or the new one, whole.
void write_file_atomic(const fs::path& path, std::string_view text);
/// mkdir -p. Throws IoError naming the path.
void make_folders(const fs::path& path);

/// A file mapped read-only. An empty file maps to an empty span.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const fs::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace trireme
