#include "trireme/kernels/linear_cross_entropy.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/kernels/linear.h"

namespace trireme::kernels {
namespace {

int64_t default_chunk_rows(int64_t vocab_size) {
  constexpr int64_t kChunkElements = int64_t{8} << 20;
  return std::max<int64_t>(kChunkElements / vocab_size, 64);
}

void check_targets(const Tensor& targets, int64_t vocab_size) {
  const Tensor wrong = targets.ge(vocab_size).logical_or_(targets.lt(0).logical_and_(targets.ne(kIgnoredIndex)));
  if (!wrong.any().item<bool>()) return;
  throw ConfigError(
      format("target id {} is outside the model's vocabulary of {}: set model.vocab_size to the "
             "tokenizer's or prepare the data again",
             targets.masked_select(wrong)[0].item<int64_t>(), vocab_size));
}

/// Turns logits [R, V] into exp(logits - max) in place and returns the loss of each row, [R, 1], zero where
/// ignored. `sum` receives the row sums of the exponentials.
Tensor softmax_loss_(Tensor& logits, const Tensor& target, const Tensor& valid, Tensor& sum) {
  logits.sub_(logits.amax(1, /*keepdim=*/true));
  const Tensor target_logit = logits.gather(1, target);
  logits.exp_();
  sum = logits.sum(1, /*keepdim=*/true);
  return (sum.log() - target_logit).mul_(valid);
}

}  // namespace

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets, const LossSums& sums,
                            const LossGradients* gradients, int64_t chunk_rows) {
  const int64_t vocab_size = weight.size(0);
  if (targets.is_cpu()) check_targets(targets, vocab_size);
  const Tensor rows = as_rows(hidden);
  const Tensor flat_targets = targets.reshape({-1, 1});
  const int64_t num_rows = rows.size(0);
  const auto wide = accumulation_type(hidden.scalar_type());
  if (chunk_rows <= 0) chunk_rows = default_chunk_rows(vocab_size);

  const Tensor losses = at::empty({num_rows, 1}, rows.options().dtype(at::kDouble));
  Tensor dhidden = gradients ? at::empty_like(rows) : Tensor();
  for (int64_t first = 0; first < num_rows; first += chunk_rows) {
    const int64_t n = std::min(chunk_rows, num_rows - first);
    const Tensor chunk = rows.narrow(0, first, n);
    const Tensor target = flat_targets.narrow(0, first, n);
    const Tensor valid = target.ne(kIgnoredIndex).to(wide);
    const Tensor index = target.clamp_min(0);
    Tensor probability = kernels::linear(chunk, weight).to(wide);
    Tensor sum;
    losses.narrow(0, first, n).copy_(softmax_loss_(probability, index, valid, sum));
    if (!gradients) continue;

    const Tensor token_scale = valid * gradients->scale;
    probability.mul_(token_scale / sum).scatter_add_(1, index, -token_scale);
    const Tensor dlogits = probability.to(hidden.scalar_type());
    dhidden.narrow(0, first, n).copy_(linear_backward_input(dlogits, weight));
    linear_backward_weight_(gradients->weight_grad, dlogits, chunk);
  }
  Tensor(sums.total).add_(losses.sum());
  if (sums.rows.defined()) Tensor(sums.rows).add_(losses.view({targets.size(0), -1}).sum(1));
  return gradients ? dhidden.view_as(hidden) : Tensor();
}

}  // namespace trireme::kernels
