#include "trireme/kernels/adamw.h"

#include <ATen/ATen.h>

#include "trireme/kernels/reference/reference.h"

namespace trireme::kernels::reference {

void adamw_(const AdamWTensors& tensors, const AdamWOptions& options) {
  const auto divisor = options.gradient_divisor.defined() ? std::optional(options.gradient_divisor) : std::nullopt;
  at::_fused_adamw_({tensors.value}, {tensors.gradient}, {tensors.exp_avg}, {tensors.exp_avg_sq},
                    /*max_exp_avg_sqs=*/{}, {options.updates}, options.learning_rate, options.beta1, options.beta2,
                    options.weight_decay, options.eps, /*amsgrad=*/false, /*maximize=*/false, divisor, options.skip);
}

Tensor sum_of_squares(const Tensor& flat) {
  return at::linalg_vector_norm(flat, 2, std::nullopt, false, at::kDouble).square();
}

}  // namespace trireme::kernels::reference
