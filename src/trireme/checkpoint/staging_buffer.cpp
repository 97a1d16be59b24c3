#include "trireme/checkpoint/staging_buffer.h"

#include <sys/mman.h>
#include <utility>

#include "trireme/core/error.h"

namespace trireme::checkpoint {

StagingBuffer::StagingBuffer(int64_t bytes) {
  if (bytes == 0) return;
  const auto size = static_cast<size_t>(bytes);
  void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (address == MAP_FAILED) {
    throw io_error("no memory to stage a checkpoint of {}; checkpoint.asynchronous = false needs none",
                   format_bytes(static_cast<double>(bytes)));
  }
  bytes_ = {static_cast<std::byte*>(address), size};
}

StagingBuffer::~StagingBuffer() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

StagingBuffer::StagingBuffer(StagingBuffer&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

StagingBuffer& StagingBuffer::operator=(StagingBuffer&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace trireme::checkpoint
