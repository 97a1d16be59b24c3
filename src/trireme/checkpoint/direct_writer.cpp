#include "trireme/checkpoint/direct_writer.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "trireme/core/direct_io.h"
#include "trireme/core/error.h"

namespace trireme::checkpoint {

namespace {

bool lies_on_a_page(const std::byte* data) { return reinterpret_cast<uintptr_t>(data) % kDirectIoPage == 0; }

}  // namespace

DirectWriter::DirectWriter(const fs::path& path)
    : path_(path), fd_(open_file(path, O_WRONLY | O_CREAT | O_TRUNC)), buffer_(kBlock) {
  set_direct_io(fd_.get(), true);
}

void DirectWriter::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    size_t taken = bytes.size() / kDirectIoPage * kDirectIoPage;
    if (used_ == 0 && taken > 0 && lies_on_a_page(bytes.data())) {
      write(bytes.first(taken));
    } else {
      taken = std::min(bytes.size(), kBlock - used_);
      std::memcpy(buffer_.bytes().data() + used_, bytes.data(), taken);
      used_ += taken;
      if (used_ == kBlock) write(buffer_.bytes().first(std::exchange(used_, 0)));
    }
    bytes = bytes.subspan(taken);
  }
}

void DirectWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_.get(), bytes.data(), std::min(bytes.size(), kBlock));
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(written));
    } else if (errno == EINVAL && is_direct_io(fd_.get())) {
      // The file system says so only now, or a full disk cut the write before in the middle of a page.
      set_direct_io(fd_.get(), false);
    } else if (errno != EINTR) {
      throw io_error("can't write {}", path_.string());
    }
  }
}

void DirectWriter::finish() {
  set_direct_io(fd_.get(), false);  // the last bytes need not fill a page
  write(buffer_.bytes().first(std::exchange(used_, 0)));
  if (::fsync(fd_.get()) != 0) throw io_error("can't flush {}", path_.string());
}

}  // namespace trireme::checkpoint
