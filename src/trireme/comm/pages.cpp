#include "trireme/comm/pages.h"

#include <sys/mman.h>
#include <algorithm>

#include "trireme/core/error.h"

namespace trireme::comm {

namespace {

class Pages final : public Memory {
 public:
  explicit Pages(Bytes size) : size_(static_cast<size_t>(std::max<int64_t>(size.value(), 1))) {
    data_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data_ == MAP_FAILED) {
      throw io_error("out of memory: wanted {} for collectives", format_bytes(static_cast<double>(size_)));
    }
  }
  ~Pages() override { ::munmap(data_, size_); }
  std::span<std::byte> bytes() override { return {static_cast<std::byte*>(data_), size_}; }

 private:
  void* data_;
  size_t size_;
};

}  // namespace

std::unique_ptr<Memory> allocate_pages(Bytes size) { return std::make_unique<Pages>(size); }

}  // namespace trireme::comm
