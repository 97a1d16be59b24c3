#include "trireme/comm/arguments.h"

#include <algorithm>
#include <numeric>

#include "trireme/core/check.h"

namespace trireme::comm {

void check_all_gather(const std::string& group, int size, const Buffer& in, const Buffer& out) {
  TRIREME_CHECK(out.count == in.count * size, "all_gather of {}: {} ranks give {} elements each, out has {}", group,
                size, in.count, out.count);
}

void check_reduce_scatter(const std::string& group, int size, const Buffer& in, const Buffer& out) {
  TRIREME_CHECK(in.count == out.count * size, "reduce_scatter of {}: {} ranks take {} elements each, in has {}", group,
                size, out.count, in.count);
}

void check_all_to_all(const std::string& group, int size, const Buffer& in, const Buffer& out) {
  TRIREME_CHECK(in.count == out.count && in.count % size == 0,
                "all_to_all of {}: in has {} elements, out has {}; both must be one multiple of {}", group, in.count,
                out.count, size);
}

void check_all_to_all(const std::string& group, int size, const Buffer& in, std::span<const int64_t> in_counts,
                      const Buffer& out, std::span<const int64_t> out_counts) {
  const auto fits = [size](std::span<const int64_t> counts, const Buffer& buffer) {
    return counts.size() == static_cast<size_t>(size) &&
           std::all_of(counts.begin(), counts.end(), [](int64_t count) { return count >= 0; }) &&
           std::accumulate(counts.begin(), counts.end(), int64_t{0}) == buffer.count;
  };
  TRIREME_CHECK(fits(in_counts, in) && fits(out_counts, out),
                "all_to_all of {}: needs {} counts that add up to {} for in and {} for out", group, size, in.count,
                out.count);
}

}  // namespace trireme::comm
