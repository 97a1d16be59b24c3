#include "trireme/kernels/reference/reference.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace trireme::kernels::reference {
namespace {

/// Turns logits [R, V] into exp(logits - max) in place and returns the loss of each row, [R, 1], zero where
/// ignored. `sum` receives the row sums of the exponentials.
Tensor softmax_loss_(Tensor& logits, const Tensor& target, const Tensor& valid, Tensor& sum) {
  logits.sub_(logits.amax(1, /*keepdim=*/true));
  const Tensor target_logit = logits.gather(1, target);
  logits.exp_();
  sum = logits.sum(1, /*keepdim=*/true);
  return (sum.log() - target_logit).mul_(valid);
}

/// Caps the logits in place and returns the cap's derivative; undefined without a cap.
Tensor cap_(const Tensor& logits, double cap) {
  if (cap <= 0) return {};
  logits.div_(cap).tanh_();
  const Tensor slope = 1 - logits * logits;
  logits.mul_(cap);
  return slope;
}

}  // namespace

Tensor linear_cross_entropy(const Tensor& hidden, const Projection& projection, const Tensor& targets,
                            const LossSums& sums, const LossGradients* gradients, int64_t chunk_rows) {
  const Tensor rows = as_rows(hidden);
  const Tensor flat_targets = targets.reshape({-1, 1});
  const int64_t num_rows = rows.size(0);
  const auto wide = accumulation_type(hidden.scalar_type());

  const Tensor losses = at::empty({num_rows, 1}, rows.options().dtype(at::kDouble));
  Tensor dhidden = gradients ? at::empty_like(rows) : Tensor();
  for (int64_t first = 0; first < num_rows; first += chunk_rows) {
    const int64_t n = std::min(chunk_rows, num_rows - first);
    const Tensor chunk = rows.narrow(0, first, n);
    const Tensor target = flat_targets.narrow(0, first, n);
    const Tensor valid = target.ne(kIgnoredIndex).to(wide);
    const Tensor index = target.clamp_min(0);
    Tensor probability = reference::linear(chunk, projection.weight).to(wide);
    if (projection.bias.defined()) probability.add_(projection.bias);
    const Tensor slope = cap_(probability, projection.softcap);
    Tensor sum;
    losses.narrow(0, first, n).copy_(softmax_loss_(probability, index, valid, sum));
    if (!gradients) continue;

    const Tensor token_scale = valid * gradients->scale;
    probability.mul_(token_scale / sum).scatter_add_(1, index, -token_scale);
    if (slope.defined()) probability.mul_(slope);
    if (projection.bias.defined()) gradients->bias_grad.add_(probability.sum(0));
    const Tensor dlogits = probability.to(hidden.scalar_type());
    dhidden.narrow(0, first, n).copy_(linear_backward_input(dlogits, projection.weight));
    linear_backward_weight_(gradients->weight_grad, dlogits, chunk);
  }
  Tensor(sums.total).add_(losses.sum());
  if (sums.rows.defined()) Tensor(sums.rows).add_(losses.view({targets.size(0), -1}).sum(1));
  return gradients ? dhidden.view_as(hidden) : Tensor();
}

}  // namespace trireme::kernels::reference
