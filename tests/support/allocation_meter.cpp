#include "support/allocation_meter.h"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace {

std::atomic<int64_t> held{0};
std::atomic<int64_t> most_held{0};
std::atomic<int64_t> largest_block{0};

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// glibc's own names of the functions that are replaced below; operator new calls those.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);
}

namespace {

int64_t size_of_block(void* block) { return static_cast<int64_t>(malloc_usable_size(block)); }

void raise(std::atomic<int64_t>& most, int64_t to) {
  for (int64_t value = most; to > value && !most.compare_exchange_weak(value, to);) {
  }
}

void* counted(void* block) {
  const int64_t bytes = size_of_block(block);
  raise(most_held, held += bytes);
  raise(largest_block, bytes);
  return block;
}

}  // namespace

extern "C" {

void* malloc(size_t bytes) { return counted(__libc_malloc(bytes)); }
void* calloc(size_t count, size_t bytes) { return counted(__libc_calloc(count, bytes)); }
void* memalign(size_t alignment, size_t bytes) { return counted(__libc_memalign(alignment, bytes)); }
void* aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void** block, size_t alignment, size_t bytes) {
  void* const got = memalign(alignment, bytes);
  if (!got) return ENOMEM;
  *block = got;
  return 0;
}

void free(void* block) {
  held -= size_of_block(block);
  __libc_free(block);
}

void* realloc(void* block, size_t bytes) {
  const int64_t before = size_of_block(block);
  void* const moved = __libc_realloc(block, bytes);
  if (moved || bytes == 0) held -= before;
  return counted(moved);
}

}  // extern "C"

#endif

namespace trireme::test {

AllocationMeter::AllocationMeter() : start_(held) {
  most_held = start_;
  largest_block = 0;
}

int64_t AllocationMeter::peak() const { return most_held - start_; }

int64_t AllocationMeter::largest() const { return largest_block; }

}  // namespace trireme::test
