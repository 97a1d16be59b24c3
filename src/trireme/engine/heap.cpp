#include "trireme/engine/heap.h"

#include <malloc.h>

namespace trireme::engine {

void keep_freed_memory() {
  constexpr int kGrowBytes = 64 << 20;
  mallopt(M_MMAP_MAX, 0);  // every block from the heap: a mapping of its own goes back to the kernel when freed
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, kGrowBytes);
}

}  // namespace trireme::engine
