#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cpu/head_chunk.h"

namespace trireme::kernels::cpu {

namespace {

constexpr int64_t kRowsInCache = 1024;  // whose logits of a block are made again while they stay near
constexpr int64_t kTokensAgain = 1024;  // of a block for those rows
constexpr int64_t kTokensKept = 512;    // of a block for the rows of arch::loss_chunk_rows

/// Where a chunk's gradients go: `dhidden` (fp32) is written, `weight` added to where defined.
struct ChunkGradients {
  Tensor dhidden, weight;
};

/// Logits twice: for the loss, and again for their gradient. `logits` holds one block of them.
template <class T>
void logits_made_again(HeadChunk<T>& chunk, const Tensor& logits, double* losses, const ChunkGradients* gradients) {
  for (int64_t block = 0; block < chunk.blocks(); ++block) chunk.make_exponentials(block, chunk.top_of(logits, block));
  chunk.finish(losses);
  if (!gradients) return;
  const RightOperand hidden = packed(chunk.hidden(), chunk.block_size());
  for (int64_t block = 0; block < chunk.blocks(); ++block) {
    const Tensor dlogits = chunk.top_of(logits, block);
    chunk.make_logit_gradients(block, dlogits);
    if (gradients->weight.defined()) {
      const Tensor weight = chunk.part_of(gradients->weight, block);
      multiply_(weight, dlogits, hidden, weight);
    }
    multiply_(gradients->dhidden, dlogits.t(), chunk.weight_of(block),
              block > 0 ? std::optional(gradients->dhidden) : std::nullopt);
  }
}

/// Logits once. Each block's exponentials meet the weight while both are in the cache, as probabilities meet values in
/// FlashAttention (arXiv:2205.14135, algorithm 1): a row's sum, known at the end, scales its gradient. `exponentials`
/// keeps them for the weight's gradient, where that scale goes to the other factor, hidden.
template <class T>
void exponentials_kept(HeadChunk<T>& chunk, const Tensor& exponentials, double* losses,
                       const ChunkGradients& gradients) {
  const auto& [dhidden, weight_grad] = gradients;
  const int64_t last = chunk.blocks() - 1;
  for (int64_t block = 0; block <= last; ++block) {
    const Tensor part = chunk.part_of(exponentials, block);
    chunk.make_exponentials(block, part);
    chunk.clear_targets(block, part);
    if (block > 0) chunk.rebase_(dhidden, block);
    multiply_(dhidden, part.t(), chunk.weight_of(block), block > 0 ? std::optional(dhidden) : std::nullopt);
  }
  chunk.finish(losses);

  const Tensor rows = chunk.targets().clamp_min(0), target_gradients = chunk.target_gradients();
  dhidden.mul_(chunk.factors(last)).addcmul_(chunk.weight().index_select(0, rows), target_gradients);
  if (!weight_grad.defined()) return;
  Tensor scaled = at::empty_like(chunk.hidden());
  for (int64_t block = 0; block <= last; ++block) {
    const Tensor part = chunk.part_of(weight_grad, block);
    at::mul_out(scaled, chunk.hidden(), chunk.factors(block));
    multiply_(part, chunk.part_of(exponentials, block), scaled, part);
  }
  add_rows_to_float_(weight_grad, rows, chunk.hidden() * target_gradients);
}

}  // namespace

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets, const LossSums& sums,
                            const LossGradients* gradients, int64_t chunk_rows, Logits logits_are) {
  const Tensor rows = as_rows(hidden);
  const Tensor flat_targets = targets.reshape({-1}).contiguous();
  const int64_t num_rows = rows.size(0), vocab = weight.size(0);
  const Tensor losses = at::empty({num_rows}, rows.options().dtype(at::kDouble));
  const Tensor dhidden = gradients ? at::empty_like(rows) : Tensor();
  const double scale = gradients ? gradients->scale.item<double>() : 0.0;
  const bool narrow = rows.scalar_type() != at::kFloat;
  const bool kept = gradients && logits_are == Logits::kKept;
  if (!kept) chunk_rows = kRowsInCache;
  chunk_rows = std::min(chunk_rows, num_rows);
  const int64_t block_size = std::min<int64_t>(vocab, kept ? kTokensKept : kTokensAgain);
  const Tensor memory = at::empty({(kept ? vocab : block_size) * chunk_rows}, rows.options());
  for (int64_t first = 0; first < num_rows; first += chunk_rows) {
    const int64_t n = std::min(chunk_rows, num_rows - first);
    const Tensor part = gradients ? dhidden.narrow(0, first, n) : Tensor();
    const Tensor sum = gradients && narrow ? at::empty({n, rows.size(1)}, rows.options().dtype(at::kFloat)) : part;
    const ChunkGradients into{sum, gradients ? gradients->weight_grad : Tensor()};
    const Tensor logits = memory.narrow(0, 0, memory.numel() / chunk_rows * n).view({-1, n});
    with_element(rows, [&]<class T>(T) {
      HeadChunk<T> chunk(rows.narrow(0, first, n), weight, flat_targets.narrow(0, first, n), scale, block_size);
      double* const chunk_losses = data<double>(losses) + first;
      kept ? exponentials_kept(chunk, logits, chunk_losses, into)
           : logits_made_again(chunk, logits, chunk_losses, gradients ? &into : nullptr);
    });
    if (gradients && narrow) Tensor(part).copy_(sum);
  }
  Tensor(sums.total).add_(losses.sum());
  if (sums.rows.defined()) Tensor(sums.rows).add_(losses.view({targets.size(0), -1}).sum(1));
  return gradients ? dhidden.view_as(hidden) : Tensor();
}

}  // namespace trireme::kernels::cpu
