#include "trireme/formats/buffered_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <bit>

#include "trireme/core/error.h"

namespace trireme::formats {

static_assert(std::endian::native == std::endian::little, "file formats are read and written in place");

BufferedFile::BufferedFile(fs::path path, size_t buffer_bytes)
    : path_(std::move(path)), temporary_(path_.string() + ".tmp"), buffer_bytes_(buffer_bytes) {
  fd_ = open_file(temporary_, O_WRONLY | O_CREAT | O_TRUNC);
  buffer_.reserve(buffer_bytes_);
}

BufferedFile::~BufferedFile() {
  if (fd_.valid()) ::unlink(temporary_.c_str());
}

void BufferedFile::write(std::span<const std::byte> bytes) {
  size_ += static_cast<int64_t>(bytes.size());
  if (buffer_.size() + bytes.size() > buffer_bytes_) flush();
  if (bytes.size() >= buffer_bytes_) {
    write_all(fd_.get(), bytes, path_);
  } else {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
}

void BufferedFile::flush() {
  write_all(fd_.get(), buffer_, path_);
  buffer_.clear();
}

void BufferedFile::finish() {
  flush();
  if (::fsync(fd_.get()) != 0) throw io_error("can't flush {}", path_.string());
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw io_error("can't rename {} to {}", temporary_.string(), path_.string());
  }
  fd_.reset();
}

}  // namespace trireme::formats
