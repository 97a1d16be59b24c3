#include "trireme/engine/heap.h"

#include <malloc.h>
#include <unistd.h>

#include "trireme/core/huge_pages.h"

namespace trireme::engine {

namespace {

std::byte* end_of_heap() { return static_cast<std::byte*>(::sbrk(0)); }

/// Where it ended at the first call.
std::byte* begin_of_heap() {
  static std::byte* const begin = end_of_heap();
  return begin;
}

}  // namespace

void keep_freed_memory() {
  begin_of_heap();
  constexpr int kGrowBytes = 64 << 20;
  mallopt(M_MMAP_MAX, 0);  // every block from the heap: a mapping of its own goes back to the kernel when freed
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, kGrowBytes);
}

void heap_to_huge_pages() { use_huge_pages(begin_of_heap(), static_cast<size_t>(end_of_heap() - begin_of_heap())); }

}  // namespace trireme::engine
