#include "trireme/supervise/shared_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include "trireme/core/error.h"

namespace trireme::supervise {

UniqueFd create_shared_memory(size_t bytes) {
  UniqueFd fd(::memfd_create("trireme", MFD_CLOEXEC));
  if (!fd.valid()) throw io_error("can't create shared memory for the ranks");
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) {
    throw io_error("can't get {} of shared memory for the ranks", format_bytes(static_cast<double>(bytes)));
  }
  return fd;
}

SharedMapping::SharedMapping(int fd, size_t bytes, size_t offset) {
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (address == MAP_FAILED) {
    throw io_error("can't map {} of shared memory", format_bytes(static_cast<double>(bytes)));
  }
  bytes_ = {static_cast<std::byte*>(address), bytes};
}

SharedMapping::~SharedMapping() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace trireme::supervise
