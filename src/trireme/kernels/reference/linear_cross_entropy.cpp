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

/// Logits [R, V] in the accumulation dtype, before the cap.
Tensor uncapped_logits(const Tensor& rows, const Projection& projection) {
  Tensor logits = reference::linear(rows, projection.weight).to(accumulation_type(rows.scalar_type()));
  if (projection.bias.defined()) logits.add_(projection.bias);
  return logits;
}

/// How far the student is from its teacher, of each row.
struct Divergence {
  Tensor rows;     // [R, 1]
  Tensor dlogits;  // [R, vocabulary]: gradient of T * rows
};

Divergence divergence(const Tensor& logits, const Tensor& teacher_rows, const Distillation& distillation) {
  const auto log_softmax = [&](const Tensor& whole) {
    return whole.narrow(1, 0, distillation.vocabulary).div(distillation.temperature).log_softmax(1);
  };
  const Projection& projection = distillation.teacher.projection;
  const auto teacher_log_softmax = [&] {
    const Tensor whole = uncapped_logits(teacher_rows, projection);
    cap_(whole, projection.softcap);
    return log_softmax(whole);
  };
  const Tensor log_p = teacher_log_softmax(), log_q = log_softmax(logits);
  const Tensor p = log_p.exp();
  return {(log_p - log_q).mul_(p).sum(1, /*keepdim=*/true), log_q.exp().sub_(p)};
}

}  // namespace

Tensor linear_cross_entropy(const Tensor& hidden, const Projection& projection, const Tensor& targets,
                            const LossSums& sums, const LossGradients* gradients, int64_t chunk_rows) {
  const Tensor rows = as_rows(hidden);
  const Tensor flat_targets = targets.reshape({-1, 1});
  const int64_t num_rows = rows.size(0);
  const auto wide = accumulation_type(hidden.scalar_type());

  const Distillation* distillation = gradients ? gradients->distillation : nullptr;
  const Tensor teacher_rows = distillation ? as_rows(distillation->teacher.hidden) : Tensor();
  const double data_weight = distillation ? 1.0 - distillation->weight : 1.0;

  const Tensor losses = at::empty({num_rows, 1}, rows.options().dtype(at::kDouble));
  const Tensor divergences = distillation ? at::empty_like(losses) : Tensor();
  Tensor dhidden = gradients ? at::empty_like(rows) : Tensor();
  for (int64_t first = 0; first < num_rows; first += chunk_rows) {
    const int64_t n = std::min(chunk_rows, num_rows - first);
    const Tensor chunk = rows.narrow(0, first, n);
    const Tensor target = flat_targets.narrow(0, first, n);
    const Tensor valid = target.ne(kIgnoredTarget).to(wide);
    const Tensor index = target.clamp_min(0);
    Tensor probability = uncapped_logits(chunk, projection);
    const Tensor slope = cap_(probability, projection.softcap);
    Divergence apart;
    if (distillation) {
      apart = divergence(probability, teacher_rows.narrow(0, first, n), *distillation);
      divergences.narrow(0, first, n).copy_(apart.rows * valid);
    }
    Tensor sum;
    losses.narrow(0, first, n).copy_(softmax_loss_(probability, index, valid, sum));
    if (!gradients) continue;

    const Tensor token_scale = valid * gradients->scale;
    const Tensor data_scale = token_scale * data_weight;
    probability.mul_(data_scale / sum).scatter_add_(1, index, -data_scale);
    if (distillation) {
      probability.narrow(1, 0, distillation->vocabulary)
          .addcmul_(apart.dlogits, token_scale, distillation->weight * distillation->temperature);
    }
    if (slope.defined()) probability.mul_(slope);
    if (gradients->bias_grad.defined()) gradients->bias_grad.add_(probability.sum(0));
    const Tensor dlogits = probability.to(hidden.scalar_type());
    dhidden.narrow(0, first, n).copy_(linear_backward_input(dlogits, projection.weight));
    if (gradients->weight_grad.defined()) linear_backward_weight_(gradients->weight_grad, dlogits, chunk);
  }
  Tensor(sums.total).add_(losses.sum());
  if (distillation) Tensor(sums.divergence).add_(divergences.sum());
  if (sums.rows.defined()) Tensor(sums.rows).add_(losses.view({targets.size(0), -1}).sum(1));
  return gradients ? dhidden.view_as(hidden) : Tensor();
}

}  // namespace trireme::kernels::reference
