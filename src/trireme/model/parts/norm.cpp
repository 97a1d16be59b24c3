#include "trireme/model/parts/norm.h"

#include <ATen/ATen.h>

#include "trireme/kernels/layer_norm.h"
#include "trireme/kernels/rms_norm.h"

namespace trireme::model {

Tensor NormPart::weight() const { return options_.adds_one ? bound_.weight + 1 : bound_.weight; }

Tensor NormPart::forward(const Tensor& x, Tape& tape) const {
  tape.push(x);
  Tensor y;
  if (options_.kind == arch::Norm::kRms) {
    kernels::RmsNormResult normed = kernels::rms_norm(x, weight(), options_.eps);
    tape.push(std::move(normed.rstd));
    y = std::move(normed.y);
  } else {
    kernels::LayerNormResult normed = kernels::layer_norm(x, weight(), bound_.bias, options_.eps);
    tape.push(std::move(normed.mean));
    tape.push(std::move(normed.rstd));
    y = std::move(normed.y);
  }
  if (options_.output_read && options_.keep_output) tape.push(y);
  return y;
}

Tensor NormPart::output(Tape& tape) const {
  if (options_.keep_output) return tape.pop();
  if (options_.kind == arch::Norm::kRms) return kernels::rms_norm_apply(tape.peek(1), tape.peek(0), weight());
  return kernels::layer_norm(tape.peek(2), weight(), bound_.bias, options_.eps).y;
}

Tensor NormPart::backward(const Tensor& dy, const Tensor& dresidual, Tape& tape) const {
  const Tensor rstd = tape.pop();
  if (options_.kind == arch::Norm::kRms) {
    const Tensor x = tape.pop();
    return kernels::rms_norm_backward(dy, x, rstd, weight(), dresidual, bound_.weight_grad);
  }
  const Tensor mean = tape.pop(), x = tape.pop();
  return kernels::layer_norm_backward(dy, x, mean, rstd, weight(), dresidual, bound_.weight_grad, bound_.bias_grad);
}

}  // namespace trireme::model
