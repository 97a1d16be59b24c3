#include "trireme/engine/counting_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include "trireme/core/error.h"
#include "trireme/device/memory_count.h"

namespace trireme::engine {

namespace {

/// PyTorch's own allocator with a count on top. The context of a block is the block itself: oneDNN's scratch memory
/// asks for that (Allocator::raw_allocate), so a block's size is what malloc says of it.
class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t size) override {
    void* const data = raw_allocate_or_throw(size);
    memory_count().add(size_of(data));
    return {data, data, free_block, c10::DeviceType::CPU};
  }
  c10::DeleterFnPtr raw_deleter() const override { return free_block; }
  void copy_data(void* to, const void* from, size_t count) const override { base_->copy_data(to, from, count); }

 private:
  static void* raw_allocate_or_throw(size_t size) {
    try {
      return base_->raw_allocate(size);
    } catch (const c10::Error&) {
      throw IoError(
          format("out of memory: no {} for a tensor; use a smaller train.micro_batch_size or give the job more",
                 format_bytes(static_cast<double>(size))));
    }
  }
  static int64_t size_of(void* data) { return static_cast<int64_t>(malloc_usable_size(data)); }
  static void free_block(void* data) {
    memory_count().subtract(size_of(data));
    base_->raw_deallocate(data);
  }

  static inline c10::Allocator* const base_ = c10::GetDefaultCPUAllocator();
};

}  // namespace

void count_cpu_tensors() {
  static CountingAllocator allocator;
  constexpr uint8_t kAboveDefault = 100;
  c10::SetCPUAllocator(&allocator, kAboveDefault);
}

}  // namespace trireme::engine
