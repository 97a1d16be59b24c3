#include "trireme/model/parts/query_scale.h"

#include <ATen/ATen.h>

#include <numbers>

#include "trireme/kernels/tensor_types.h"

namespace trireme::model {

namespace {

Tensor factor(const Tensor& weight) {
  const auto wide = kernels::accumulation_type(weight.scalar_type());
  return at::softplus(weight.to(wide)).div_(std::numbers::ln2).to(weight.scalar_type());
}

}  // namespace

Tensor scale_query(const Tensor& query, const BoundModule& bound) { return query * factor(bound.weight); }

Tensor scale_query_backward(const Tensor& dscaled, const Tensor& scaled, const BoundModule& bound) {
  if (bound.weight_grad.defined()) {
    // d softplus(w) = sigmoid(w), and query = scaled ln 2 / softplus(w): the unscaled query needs not be kept.
    const auto wide = kernels::accumulation_type(scaled.scalar_type());
    const Tensor weight = bound.weight.to(wide);
    const Tensor sums = (dscaled.to(wide) * scaled).sum({0, 1, 2});
    bound.weight_grad.add_(sums * weight.sigmoid() / at::softplus(weight));
  }
  return dscaled * factor(bound.weight);
}

}  // namespace trireme::model
