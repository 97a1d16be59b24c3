#include "trireme/kernels/reference/reference.h"

#include <ATen/ATen.h>

#include "trireme/kernels/reference/matmul_operand.h"

namespace trireme::kernels::reference {
namespace {

Tensor with_features(const Tensor& rows, const Tensor& like, int64_t features) {
  std::vector<int64_t> shape = like.sizes().vec();
  shape.back() = features;
  return rows.view(shape);
}

void add_product_(const Tensor& sum, const Tensor& a, const Tensor& b) {
  Tensor target = sum;
  if (target.scalar_type() == a.scalar_type()) {
    target.addmm_(a, b);
  } else if (a.is_cuda() && target.scalar_type() == at::kFloat) {
    at::addmm_out(target, target, a, b, at::kFloat);
  } else {
    target.add_(at::mm(a, b));
  }
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight) {
  const Tensor y = at::mm(matmul_operand(as_rows(x)), matmul_operand(weight).t());
  return with_features(y.to(x.scalar_type()), x, weight.size(0));
}

Tensor linear_add(const Tensor& residual, const Tensor& x, const Tensor& weight) {
  const Tensor sum =
      at::addmm(matmul_operand(as_rows(residual)), matmul_operand(as_rows(x)), matmul_operand(weight).t());
  return sum.to(x.scalar_type()).view_as(residual);
}

Tensor linear_backward_input(const Tensor& dy, const Tensor& weight) {
  const Tensor dx = at::mm(matmul_operand(as_rows(dy)), matmul_operand(weight));
  return with_features(dx.to(dy.scalar_type()), dy, weight.size(1));
}

void linear_backward_input_add_(const Tensor& dx, const Tensor& dy, const Tensor& weight) {
  add_product_(as_rows(dx), matmul_operand(as_rows(dy)), matmul_operand(weight));
}

void linear_backward_weight_(const Tensor& weight_grad, const Tensor& dy, const Tensor& x) {
  add_product_(weight_grad, matmul_operand(as_rows(dy)).t(), matmul_operand(as_rows(x)));
}

}  // namespace trireme::kernels::reference
