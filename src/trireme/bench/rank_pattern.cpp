#include "trireme/bench/rank_pattern.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/core/philox.h"

namespace trireme::bench {

namespace {

constexpr int64_t kPeriod = 1048573;  // the largest prime below 2^20
constexpr int kLargestSum = 256;

at::Tensor period_of(int rank, uint32_t values) {
  at::Tensor period = at::empty(kPeriod, at::kFloat);
  auto* const to = period.mutable_data_ptr<float>();
  for (int64_t i = 0; i < kPeriod; ++i)
    to[i] = static_cast<float>(philox4x32(static_cast<uint64_t>(rank), static_cast<uint64_t>(i))[0] % values);
  return period;
}

/// Calls part(begin in the tensor, begin in the period, elements) for each run of elements within one period.
template <class Part>
void for_parts(int64_t count, int64_t first, Part part) {
  for (int64_t at = 0; at < count;) {
    const int64_t begin = (first + at) % kPeriod, n = std::min(count - at, kPeriod - begin);
    if (!part(at, begin, n)) return;
    at += n;
  }
}

}  // namespace

RankPattern::RankPattern(int ranks, at::Device device, at::ScalarType type) {
  const int values = std::min(32, kLargestSum / ranks);
  if (values < 2) {
    throw ConfigError(
        format("results of {} ranks can't be checked: sums above {} are not exact in bf16; start {} at most", ranks,
               kLargestSum, kLargestSum / 2));
  }
  at::Tensor sum = at::zeros(kPeriod, at::kFloat);
  for (int rank = 0; rank < ranks; ++rank) {
    const at::Tensor period = period_of(rank, static_cast<uint32_t>(values));
    sum += period;
    by_rank_.push_back(period.to(at::TensorOptions().device(device).dtype(type)));
  }
  sum_ = sum.to(at::TensorOptions().device(device).dtype(type));
}

void fill(const at::Tensor& to, const at::Tensor& period, int64_t first) {
  for_parts(to.numel(), first, [&](int64_t at, int64_t begin, int64_t n) {
    to.narrow(0, at, n).copy_(period.narrow(0, begin, n));
    return true;
  });
}

int64_t first_difference(const at::Tensor& got, const at::Tensor& period, int64_t first) {
  int64_t place = -1;
  for_parts(got.numel(), first, [&](int64_t at, int64_t begin, int64_t n) {
    const at::Tensor differs = got.narrow(0, at, n) != period.narrow(0, begin, n);
    if (!differs.any().item<bool>()) return true;
    place = at + differs.to(at::kByte).argmax().item<int64_t>();
    return false;
  });
  return place;
}

}  // namespace trireme::bench
