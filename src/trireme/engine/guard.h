#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace trireme::engine {

/// 1 when loss or gradient norm is not finite, else 0: fp32 scalar on the device. Both are sums over all ranks, so
/// every rank comes to the same verdict.
at::Tensor skip_verdict(const at::Tensor& loss, const at::Tensor& grad_norm);

/// Stops a run that has gone bad.
class SkipLimit {
 public:
  /// `total` steps were skipped before, by a run that this one goes on with.
  explicit SkipLimit(int64_t max_skipped_steps, int64_t total = 0) : limit_(max_skipped_steps), total_(total) {}
  /// Throws Error (kFailed) when more than the limit of consecutive steps were skipped.
  void count(int64_t step, bool skipped);
  int64_t total() const { return total_; }

 private:
  int64_t limit_;
  int64_t in_a_row_ = 0;
  int64_t total_;
};

}  // namespace trireme::engine
