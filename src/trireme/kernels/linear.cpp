#include "trireme/kernels/linear.h"

#include <ATen/ATen.h>

#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/profile.h"
#include "trireme/kernels/reference/reference.h"

namespace trireme::kernels {
namespace {

/// The fused product takes these operands and is worth it.
bool fused(const Tensor& x, const Tensor& y, const Tensor& sum = {}) {
  return cpu::takes({x, y, sum}) && x.numel() > 0 && cpu::multiplies(x, as_rows(x).size(0));
}

/// Of a product of all rows of x and all of the weight.
auto work_of(const Tensor& x, const Tensor& weight) {
  return [&x, &weight] {
    const double rows = static_cast<double>(x.numel() / x.size(-1));
    return Work{.flops = 2.0 * rows * static_cast<double>(weight.numel()), .bytes = 0.0};
  };
}

Tensor product(const Tensor& x, const Tensor& right) {
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = right.size(1);
  const Tensor y = at::empty(shape, x.options());
  cpu::multiply_(as_rows(y), as_rows(x), right, std::nullopt);
  return y;
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight) {
  const Profiled profiled(Family::kProducts, work_of(x, weight));
  return fused(x, weight) ? product(x, weight.t()) : reference::linear(x, weight);
}

Tensor linear_add(const Tensor& residual, const Tensor& x, const Tensor& weight) {
  const Profiled profiled(Family::kProducts, work_of(x, weight));
  if (!fused(x, weight, residual)) return reference::linear_add(residual, x, weight);
  const Tensor sum = at::empty_like(residual);
  cpu::multiply_(as_rows(sum), as_rows(x), weight.t(), as_rows(residual));
  return sum;
}

Tensor linear_backward_input(const Tensor& dy, const Tensor& weight) {
  const Profiled profiled(Family::kProducts, work_of(dy, weight));
  return fused(dy, weight) ? product(dy, weight) : reference::linear_backward_input(dy, weight);
}

void linear_backward_input_add_(const Tensor& dx, const Tensor& dy, const Tensor& weight) {
  const Profiled profiled(Family::kProducts, work_of(dy, weight));
  if (!fused(dy, weight, dx)) return reference::linear_backward_input_add_(dx, dy, weight);
  cpu::multiply_(as_rows(dx), as_rows(dy), weight, as_rows(dx));
}

void linear_backward_weight_(const Tensor& weight_grad, const Tensor& dy, const Tensor& x) {
  const Profiled profiled(Family::kProducts, work_of(x, weight_grad));
  if (!fused(dy, x) || !cpu::takes({weight_grad})) return reference::linear_backward_weight_(weight_grad, dy, x);
  cpu::multiply_(weight_grad, as_rows(dy).t(), as_rows(x), weight_grad);
}

}  // namespace trireme::kernels
