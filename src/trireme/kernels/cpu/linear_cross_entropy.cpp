#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cpu/head_chunk.h"

namespace trireme::kernels::cpu {

namespace {

constexpr int64_t kRowsInCache = 1024;  // whose logits of a block are made again while they stay near
constexpr int64_t kTokensAgain = 1024;  // of a block for those rows
constexpr int64_t kTokensKept = 512;    // of a block for the rows of arch::loss_chunk_rows

/// The rows of a loss by chunks, and where its results go.
template <class T>
struct Chunks {
  Tensor hidden, weight, targets;
  double scale;
  int64_t rows_each, block_size;
  double* losses;               // [rows]
  Tensor dhidden, weight_grad;  // written, and added to; undefined: not made

  int64_t count() const { return (hidden.size(0) + rows_each - 1) / rows_each; }
  Tensor rows_of(const Tensor& x, int64_t chunk) const {
    const int64_t first = chunk * rows_each;
    return x.narrow(0, first, std::min(rows_each, x.size(0) - first));
  }
  HeadChunk<T> pack(int64_t chunk) const {
    return {rows_of(hidden, chunk), weight, rows_of(targets, chunk), scale, block_size};
  }
  double* losses_of(int64_t chunk) const { return losses + chunk * rows_each; }
  /// f(fp32 [chunk's rows, H]), which then goes to dhidden.
  template <class F>
  void make_dhidden(int64_t chunk, const F& f) const {
    const Tensor part = rows_of(dhidden, chunk);
    if (part.scalar_type() == at::kFloat) return f(part);
    const Tensor sums = at::empty_like(part, at::kFloat);
    f(sums);
    part.copy_(sums);
  }
};

/// The part of `memory` that holds a chunk's logits of `tokens` of the vocabulary.
Tensor logits_in(const Tensor& memory, int64_t tokens, int64_t rows) {
  return memory.narrow(0, 0, tokens * rows).view({tokens, rows});
}

/// Logits twice: for the loss, and again for their gradient; one block of them at a time.
template <class T>
void logits_made_again(const Chunks<T>& chunks) {
  const Tensor memory = at::empty({chunks.block_size * chunks.rows_each}, chunks.hidden.options());
  for (int64_t i = 0; i < chunks.count(); ++i) {
    HeadChunk<T> chunk = chunks.pack(i);
    const Tensor logits = logits_in(memory, chunks.block_size, chunk.hidden().size(0));
    for (int64_t block = 0; block < chunk.blocks(); ++block)
      chunk.make_exponentials(block, chunk.top_of(logits, block));
    chunk.finish(chunks.losses_of(i));
    if (!chunks.dhidden.defined()) continue;
    chunks.make_dhidden(i, [&](const Tensor& dhidden) {
      const RightOperand hidden = packed(chunk.hidden(), chunk.block_size());
      for (int64_t block = 0; block < chunk.blocks(); ++block) {
        const Tensor dlogits = chunk.top_of(logits, block);
        chunk.make_logit_gradients(block, dlogits);
        if (chunks.weight_grad.defined()) {
          const Tensor part = chunk.part_of(chunks.weight_grad, block);
          multiply_(part, dlogits, hidden, part);
        }
        multiply_(dhidden, dlogits.t(), chunk.weight_of(block), block > 0 ? std::optional(dhidden) : std::nullopt);
      }
    });
  }
}

/// Logits once. Each block's exponentials meet the weight while both are in the cache, as probabilities meet values in
/// FlashAttention (arXiv:2205.14135, algorithm 1): a row's sum, known at the end, scales its gradient. `exponentials`
/// keeps them for the weight's gradient.
template <class T>
void make_losses_and_dhidden(HeadChunk<T>& chunk, const Tensor& exponentials, double* losses, const Tensor& dhidden) {
  const int64_t last = chunk.blocks() - 1;
  for (int64_t block = 0; block <= last; ++block) {
    const Tensor part = chunk.part_of(exponentials, block);
    chunk.make_exponentials(block, part);
    chunk.clear_targets(block, part);
    if (block > 0) chunk.rebase_(dhidden, block);
    multiply_(dhidden, part.t(), chunk.weight_of(block), block > 0 ? std::optional(dhidden) : std::nullopt);
  }
  chunk.finish(losses);
  const Tensor rows = chunk.targets().clamp_min(0);
  dhidden.mul_(chunk.factors(last)).addcmul_(chunk.weight().index_select(0, rows), chunk.target_gradients());
}

/// Adds a chunk's gradient of a block of the weight. What scales a row's exponentials goes to the other factor, hidden.
template <class T>
void add_weight_gradient(const HeadChunk<T>& chunk, const Tensor& exponentials, int64_t block, const Tensor& weight) {
  const Tensor part = chunk.part_of(weight, block);
  Tensor scaled = at::empty_like(chunk.hidden());
  at::mul_out(scaled, chunk.hidden(), chunk.factors(block));
  multiply_(part, chunk.part_of(exponentials, block), scaled, part);
  chunk.add_target_gradients_(block, part);
}

/// Each thread makes a chunk, then a share of the weight's gradient, whose rows add up the chunks in their order. The
/// products of a chunk that is left alone are spread over all threads.
template <class T>
void exponentials_kept(const Chunks<T>& chunks) {
  const int64_t vocab = chunks.weight.size(0), at_once = std::min<int64_t>(chunks.count(), at::get_num_threads());
  const Tensor memory = at::empty({at_once, vocab * chunks.rows_each}, chunks.hidden.options());
  for (int64_t first = 0; first < chunks.count(); first += at_once) {
    std::vector<HeadChunk<T>> now;
    std::vector<Tensor> exponentials;
    for (int64_t i = first; i < std::min(first + at_once, chunks.count()); ++i) {
      now.push_back(chunks.pack(i));
      exponentials.push_back(logits_in(memory[i - first], vocab, now.back().hidden().size(0)));
    }
    at::parallel_for(0, std::ssize(now), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        chunks.make_dhidden(first + i, [&](const Tensor& dhidden) {
          const auto place = static_cast<size_t>(i);
          make_losses_and_dhidden(now[place], exponentials[place], chunks.losses_of(first + i), dhidden);
        });
    });
    if (!chunks.weight_grad.defined()) continue;
    at::parallel_for(0, now.front().blocks(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; ++block)
        for (size_t i = 0; i < now.size(); ++i) add_weight_gradient(now[i], exponentials[i], block, chunks.weight_grad);
    });
  }
}

}  // namespace

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets, const LossSums& sums,
                            const LossGradients* gradients, int64_t chunk_rows, Logits logits_are) {
  const Tensor rows = as_rows(hidden);
  const int64_t num_rows = rows.size(0), vocab = weight.size(0);
  const Tensor losses = at::empty({num_rows}, rows.options().dtype(at::kDouble));
  const Tensor dhidden = gradients ? at::empty_like(rows) : Tensor();
  const bool kept = gradients && logits_are == Logits::kKept;
  with_element(rows, [&]<class T>(T) {
    const Chunks<T> chunks{.hidden = rows,
                           .weight = weight,
                           .targets = targets.reshape({-1}).contiguous(),
                           .scale = gradients ? gradients->scale.item<double>() : 0.0,
                           .rows_each = std::clamp<int64_t>(num_rows, 1, kept ? chunk_rows : kRowsInCache),
                           .block_size = std::min(kept ? kTokensKept : kTokensAgain, vocab),
                           .losses = data<double>(losses),
                           .dhidden = dhidden,
                           .weight_grad = gradients ? gradients->weight_grad : Tensor()};
    kept ? exponentials_kept(chunks) : logits_made_again(chunks);
  });
  Tensor(sums.total).add_(losses.sum());
  if (sums.rows.defined()) Tensor(sums.rows).add_(losses.view({targets.size(0), -1}).sum(1));
  return gradients ? dhidden.view_as(hidden) : Tensor();
}

}  // namespace trireme::kernels::cpu
