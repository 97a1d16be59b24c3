#include "trireme/kernels/linear_cross_entropy.h"

#include <ATen/ATen.h>

#include "trireme/arch/activations.h"
#include "trireme/core/error.h"
#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cuda/cuda.h"
#include "trireme/kernels/linear.h"
#include "trireme/kernels/profile.h"
#include "trireme/kernels/reference/reference.h"

namespace trireme::kernels {
namespace {

void check_targets(const Tensor& targets, int64_t vocab_size) {
  const Tensor wrong = targets.ge(vocab_size).logical_or_(targets.lt(0).logical_and_(targets.ne(kIgnoredTarget)));
  if (!wrong.any().item<bool>()) return;
  throw ConfigError(
      format("target id {} is outside the model's vocabulary of {}: set model.vocab_size to the "
             "tokenizer's or prepare the data again",
             targets.masked_select(wrong)[0].item<int64_t>(), vocab_size));
}

/// A GPU fills its multiprocessors with thousands of rows, a CPU its cache with some. A teacher's logits lie beside
/// the student's.
int64_t default_chunk_rows(const Tensor& hidden, int64_t vocab_size, const Distillation* distillation) {
  constexpr int64_t kGpuElements = int64_t{1} << 29;
  if (distillation) vocab_size += distillation->teacher.projection.weight.size(0);
  const int64_t rows = hidden.numel() / hidden.size(-1);
  return hidden.is_cuda() ? std::min(kGpuElements / vocab_size, rows)
                          : arch::loss_chunk_rows(vocab_size, rows, dtype_of(hidden));
}

}  // namespace

Tensor project(const Tensor& hidden, const Projection& projection) {
  Tensor logits = kernels::linear(hidden, projection.weight);
  if (projection.bias.defined()) logits.add_(projection.bias);
  if (projection.softcap > 0) logits.div_(projection.softcap).tanh_().mul_(projection.softcap);
  return logits;
}

Tensor linear_cross_entropy(const Tensor& hidden, const Projection& projection, const Tensor& targets,
                            const LossSums& sums, const LossGradients* gradients, int64_t chunk_rows) {
  const Tensor& weight = projection.weight;
  const Profiled profiled(Family::kLoss, [&] {
    const double products = gradients ? 3.0 : 1.0;
    return Work{.flops = products * 2.0 * static_cast<double>(targets.numel() * weight.numel()), .bytes = 0.0};
  });
  const Distillation* distillation = gradients ? gradients->distillation : nullptr;
  if (targets.is_cpu()) check_targets(targets, weight.size(0));
  if (chunk_rows <= 0) chunk_rows = default_chunk_rows(hidden, weight.size(0), distillation);
  chunk_rows = std::max<int64_t>(chunk_rows, 1);
  if (!projection.is_plain() || distillation) {
    return reference::linear_cross_entropy(hidden, projection, targets, sums, gradients, chunk_rows);
  }
  const bool sums_fp32 =
      !gradients || !gradients->weight_grad.defined() || gradients->weight_grad.scalar_type() == at::kFloat;
  if (cpu::takes({hidden, weight}) && sums_fp32) {
    return cpu::linear_cross_entropy(hidden, weight, targets, sums, gradients, chunk_rows,
                                     cpu::cheap_again(hidden) ? cpu::Logits::kMadeAgain : cpu::Logits::kKept);
  }
  if (cuda::takes({hidden, weight})) {
    return cuda::linear_cross_entropy(hidden, weight, targets, sums, gradients, chunk_rows);
  }
  return reference::linear_cross_entropy(hidden, projection, targets, sums, gradients, chunk_rows);
}

}  // namespace trireme::kernels
