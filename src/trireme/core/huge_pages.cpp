#include "trireme/core/huge_pages.h"

#include <sys/mman.h>

#include "trireme/core/units.h"

namespace trireme {

void use_huge_pages(void* first, size_t bytes) noexcept {
  constexpr int kCollapse = 25;  // MADV_COLLAPSE, which the C library's headers may be too old to know
  const auto begin = reinterpret_cast<int64_t>(first), end = begin + static_cast<int64_t>(bytes);
  const int64_t from = round_up(begin, kHugePageBytes), whole = (end - from) / kHugePageBytes * kHugePageBytes;
  if (whole > 0) ::madvise(static_cast<std::byte*>(first) + (from - begin), static_cast<size_t>(whole), kCollapse);
}

}  // namespace trireme
