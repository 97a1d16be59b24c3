#include "trireme/kernels/embedding.h"

#include <ATen/ATen.h>

#include "trireme/core/error.h"
#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/profile.h"

namespace trireme::kernels {
namespace {

void check_tokens(const Tensor& tokens, int64_t vocab_size) {
  if (tokens.numel() == 0) return;
  const auto [lowest, highest] = at::aminmax(tokens);
  const int64_t low = lowest.item<int64_t>(), high = highest.item<int64_t>();
  if (low >= 0 && high < vocab_size) return;
  throw ConfigError(
      format("token id {} is outside the model's vocabulary of {}: the data was tokenized for another "
             "vocabulary; set model.vocab_size to the tokenizer's or prepare the data again",
             low < 0 ? low : high, vocab_size));
}

}  // namespace

Tensor embedding(const Tensor& tokens, const Tensor& weight) {
  const Profiled profiled(Family::kEmbedding, [&] {
    const double elements = static_cast<double>(tokens.numel() * weight.size(1));
    return Work{.flops = 0.0, .bytes = 2.0 * elements * static_cast<double>(weight.element_size())};
  });
  if (tokens.is_cpu()) check_tokens(tokens, weight.size(0));
  return at::embedding(weight, tokens);
}

void embedding_backward_(const Tensor& weight_grad, const Tensor& dy, const Tensor& tokens) {
  const Profiled profiled(Family::kEmbedding, [&] {
    const double elements = static_cast<double>(dy.numel());
    return Work{.flops = 0.0,
                .bytes = elements * static_cast<double>(dy.element_size() + 2 * weight_grad.element_size())};
  });
  if (cpu::takes({dy}) && cpu::takes({weight_grad}) && weight_grad.scalar_type() == at::kFloat)
    return cpu::add_rows_to_float_(weight_grad, tokens.reshape({-1}), as_rows(dy));
  Tensor grad = weight_grad;
  grad.index_add_(0, tokens.reshape({-1}), as_rows(dy).to(grad.scalar_type()));
}

}  // namespace trireme::kernels
