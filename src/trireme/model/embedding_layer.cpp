#include "trireme/model/embedding_layer.h"

#include <ATen/ATen.h>

#include "trireme/core/check.h"
#include "trireme/kernels/embedding.h"

namespace trireme::model {

void EmbeddingLayer::bind(std::span<const Tensor> values, std::span<const Tensor> gradients) {
  TRIREME_CHECK(values.size() == 1 && gradients.size() == 1, "{} has one parameter", spec_.name);
  weight_ = values[0];
  weight_grad_ = gradients[0];
}

Tensor EmbeddingLayer::forward(const Tensor&, layer::Pass& pass) {
  at::AutoDispatchBelowAutograd no_autograd;
  return kernels::embedding(pass.batch.tokens, weight_);
}

Tensor EmbeddingLayer::backward(const Tensor& dy, layer::Pass& pass, layer::WeightGradQueue& weight_grads) {
  weight_grads.add([grad = weight_grad_, dy, tokens = pass.batch.tokens] {
    at::AutoDispatchBelowAutograd no_autograd;
    kernels::embedding_backward_(grad, dy, tokens);
  });
  return {};
}

}  // namespace trireme::model
