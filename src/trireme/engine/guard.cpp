#include "trireme/engine/guard.h"

#include <ATen/ATen.h>

#include "trireme/core/error.h"

namespace trireme::engine {

at::Tensor skip_verdict(const at::Tensor& loss, const at::Tensor& grad_norm) {
  return at::logical_and(at::isfinite(loss), at::isfinite(grad_norm)).logical_not().to(at::kFloat);
}

void SkipLimit::count(int64_t step, bool skipped) {
  in_a_row_ = skipped ? in_a_row_ + 1 : 0;
  total_ += skipped ? 1 : 0;
  if (in_a_row_ <= limit_) return;
  throw Error(
      ExitCode::kFailed,
      format("step {}: loss or gradient norm was not finite in {} steps in a row (train.max_skipped_steps = {}). "
             "Look at the data of these steps with `trireme data inspect`, lower optimizer.learning_rate, or "
             "resume from an earlier checkpoint",
             step, in_a_row_, limit_));
}

}  // namespace trireme::engine
