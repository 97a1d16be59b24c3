#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace trireme::bench {

/// What ranks put into the buffers of a collective that is checked: integers that depend on rank and place, so small
/// that sums over the ranks are exact in bf16, which has every integer up to 256. They repeat after a prime number of
/// elements, so that no piece of a usual size looks like its neighbour.
class RankPattern {
 public:
  /// Values of `type` on `device`. Throws ConfigError for more ranks than sums can be exact for.
  RankPattern(int ranks, at::Device device, at::ScalarType type);

  /// One period of what `rank` contributes.
  const at::Tensor& of(int rank) const { return by_rank_[static_cast<size_t>(rank)]; }
  /// One period of the sum over all ranks.
  const at::Tensor& sum() const { return sum_; }

 private:
  std::vector<at::Tensor> by_rank_;
  at::Tensor sum_;
};

/// Writes elements [first, first + to.numel()) of the repeated `period` to `to`.
void fill(const at::Tensor& to, const at::Tensor& period, int64_t first);
/// The first place where `got` is not what fill() would write; -1: nowhere. Waits for the device.
int64_t first_difference(const at::Tensor& got, const at::Tensor& period, int64_t first);

}  // namespace trireme::bench
