#include "trireme/core/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>

#include "trireme/core/error.h"

namespace trireme {

void UniqueFd::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

UniqueFd open_file(const fs::path& path, int flags, int mode) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd.valid()) throw io_error("can't open {}", path.string());
  return fd;
}

void write_all(int fd, std::span<const std::byte> bytes, const fs::path& what) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      throw io_error("can't write {}", what.string());
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void write_all(int fd, std::string_view text, const fs::path& what) {
  write_all(fd, std::as_bytes(std::span(text)), what);
}

void fsync_path(const fs::path& path) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  if (::fsync(fd.get()) != 0) throw io_error("can't flush {}", path.string());
}

std::string read_file(const fs::path& path) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  std::string text;
  std::array<char, 65536> chunk;
  for (;;) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw io_error("can't read {}", path.string());
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<size_t>(got));
  }
}

namespace {

/// Temporary file beside it, then renamed. `durable`: not before its bytes are on the disk.
void replace_file(const fs::path& path, std::string_view text, bool durable) {
  fs::path temporary = path;
  temporary += format(".tmp-{}", ::getpid());
  try {
    const UniqueFd fd = open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    write_all(fd.get(), text, temporary);
    if (durable && ::fsync(fd.get()) != 0) throw io_error("can't flush {}", temporary.string());
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      throw io_error("can't rename {} to {}", temporary.string(), path.string());
    }
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace

void write_file(const fs::path& path, std::string_view text) { replace_file(path, text, /*durable=*/false); }

void write_file_atomic(const fs::path& path, std::string_view text) {
  replace_file(path, text, /*durable=*/true);
  fsync_path(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

void make_folders(const fs::path& path) {
  std::error_code problem;
  fs::create_directories(path, problem);
  if (problem) {
    errno = problem.value();
    throw io_error("can't create folder {}", path.string());
  }
}

MappedFile::MappedFile(const fs::path& path) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw io_error("can't read {}", path.string());
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    throw io_error("can't read {}", path.string());
  }
  if (status.st_size == 0) return;
  const auto size = static_cast<size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (address == MAP_FAILED) throw io_error("can't map {}", path.string());
  bytes_ = {static_cast<const std::byte*>(address), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace trireme
