#include "trireme/plan/workspace.h"

#include <algorithm>

namespace trireme::plan {

namespace {

/// Bytes a token of the tensors that a block's calls are made of.
struct Widths {
  int64_t hidden, query, key_value, intermediate;  // in the compute dtype
  int64_t wide_hidden;                             // in the dtype of statistics

  Widths(const arch::ModelConfig& config, const Dtypes& dtypes)
      : hidden(config.hidden_size * size_of(dtypes.compute)),
        query(config.num_attention_heads * config.head_size() * size_of(dtypes.compute)),
        key_value(config.kv_heads() * config.head_size() * size_of(dtypes.compute)),
        intermediate(config.intermediate_size * size_of(dtypes.compute)),
        wide_hidden(config.hidden_size * size_of(dtypes.master)) {}

  /// Temporaries of the norm's backward.
  int64_t norm_backward() const { return 4 * wide_hidden + hidden; }
};

/// The worst of four moments, above a block's saved tensors, which are freed as backward uses them. In all of
/// them the gradient of the block's output is alive.
int64_t backward_above_saved(const Widths& w, bool keep_cheap, int64_t statistics) {
  const int64_t kept_product = keep_cheap ? w.intermediate : 0, kept_norm = keep_cheap ? w.hidden : 0;
  const int64_t made_norm = w.hidden - kept_norm;
  const int64_t swiglu = made_norm + 4 * w.intermediate - kept_product;
  const int64_t freed = kept_product + kept_norm + 2 * w.intermediate;
  const int64_t norm = 3 * w.intermediate + w.hidden + w.norm_backward() - freed;
  const int64_t attention_gradients = w.hidden + 2 * w.query + 2 * w.key_value;
  const int64_t attention = attention_gradients - freed;
  const int64_t freed_attention = freed + 2 * w.query + 2 * w.key_value + statistics;
  const int64_t first_norm = made_norm + attention_gradients + w.hidden + w.norm_backward() - freed_attention;
  return w.hidden + std::max({swiglu, norm, attention, first_norm});
}

/// A weight's gradient is made in the compute dtype before it is added to a gradient of another dtype.
int64_t product_bytes(int64_t weight_numel, DType compute, DType gradients) {
  return compute == gradients ? 0 : weight_numel * size_of(compute);
}

}  // namespace

int64_t block_backward_workspace(const arch::ModelConfig& config, arch::Recompute recompute, int64_t tokens,
                                 const Dtypes& dtypes, DType gradients) {
  const Widths w(config, dtypes);
  const int64_t statistics = config.num_attention_heads * size_of(dtypes.master);
  const bool keep_cheap = recompute != arch::Recompute::kSelective;
  int64_t a_token = backward_above_saved(w, keep_cheap, statistics);
  int64_t a_weight_product = w.hidden;
  if (recompute == arch::Recompute::kFull) {
    const int64_t made_again =
        arch::bytes_per_token(arch::saved_by_block(config, arch::Recompute::kNone, dtypes.compute)) - w.hidden;
    a_token += made_again;
    a_weight_product += made_again;
  }
  const int64_t product = product_bytes(config.hidden_size * config.intermediate_size, dtypes.compute, gradients);
  return std::max(a_token * tokens, a_weight_product * tokens + product);
}

int64_t head_forward_workspace(const arch::ModelConfig& config, int64_t tokens, int64_t threads, const Dtypes& dtypes,
                               DType gradients) {
  const Widths w(config, dtypes);
  const int64_t chunk_rows = arch::loss_chunk_rows(config.vocab_size, tokens, dtypes.compute);
  const int64_t rows = std::min(threads * chunk_rows, tokens);
  // As the reference makes them: softmax in the dtype of statistics, beside logits in the compute dtype. The fused
  // kernels of a CPU hold less.
  const int64_t narrow_copy = dtypes.compute == dtypes.master ? 0 : size_of(dtypes.compute);
  const int64_t logits = rows * config.vocab_size * (size_of(dtypes.master) + narrow_copy);
  const int64_t product = product_bytes(config.vocab_size * config.hidden_size, dtypes.compute, gradients);
  return 3 * w.hidden * tokens + std::max(logits + product, w.norm_backward() * tokens);
}

int64_t distillation_workspace(const arch::ModelConfig& student, const arch::ModelConfig& teacher, int64_t tokens,
                               const Dtypes& dtypes) {
  constexpr int64_t kDistributions = 5;  // log p, log q, p, their difference, q - p
  const int64_t rows = arch::loss_chunk_rows(student.vocab_size + teacher.vocab_size, tokens, dtypes.compute);
  const int64_t shared = std::min(student.vocab_size, teacher.vocab_size);
  const int64_t fewer_rows = arch::loss_chunk_rows(student.vocab_size, tokens, dtypes.compute) - rows;
  const int64_t added = rows * std::max(teacher.vocab_size, kDistributions * shared);
  return (added - fewer_rows * student.vocab_size) * size_of(dtypes.master);
}

}  // namespace trireme::plan
