#include "trireme/kernels/attention.h"

#include <cmath>
#include <limits>

#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cpu/elements.h"
#include "trireme/kernels/cpu/multiply.h"
#include "trireme/kernels/reference/attention_parts.h"

// A block is kAttentionQueries queries and every key that one of them sees, so its softmax needs no running maximum.
// Gradients make it again from logsumexp (Dao, "FlashAttention-2", 2023).
namespace trireme::kernels::cpu {

namespace {

/// One head of one sequence: [tokens, head_dim], `stride` elements from one token to the next.
template <class T>
struct Head {
  T* data;
  int64_t stride;
  T* row(int64_t token) const { return data + token * stride; }
};

template <class T>
Head<T> head_of(const Tensor& x, int64_t first_token, int64_t head) {
  const int64_t stride = x.size(2) * x.size(3);
  return {data<T>(x) + first_token * stride + head * x.size(3), stride};
}

/// As the left or right operand of a product that sums over head_dim, or over tokens.
template <class T>
Gemm::Operand over_dim(Head<T> head, int64_t token) {
  return {head.row(token), head.stride, 1};
}
template <class T>
Gemm::Operand over_tokens(Head<T> head, int64_t token) {
  return {head.row(token), 1, head.stride};
}

/// c = a b, or c += a b.
template <class T, class Out>
void product(int64_t m, int64_t n, int64_t k, Gemm::Operand a, Gemm::Operand b, Out* c, int64_t ldc, bool add = false) {
  multiply_here(kernels_for<T>().block_product, {.m = m,
                                                 .n = n,
                                                 .k = k,
                                                 .a = a,
                                                 .b = b,
                                                 .c = c,
                                                 .addend = add ? c : nullptr,
                                                 .ldc = ldc,
                                                 .c_is_bf16 = std::is_same_v<Out, Bf16>});
}

std::vector<TokenRange> sequences_of(const Tensor& q, const AttentionOptions& options) {
  if (options.document_starts.defined()) return documents_of(options.document_starts, q.size(0) * q.size(1));
  std::vector<TokenRange> rows;
  for (int64_t row = 0; row < q.size(0); ++row) rows.push_back({row * q.size(1), q.size(1)});
  return rows;
}

/// Queries [first, first + queries) of a sequence against the keys [first_key, first_key + keys) that they see.
struct Block {
  int64_t first, queries, first_key, keys;

  Block(int64_t first, int64_t tokens, const AttentionOptions& options)
      : first(first),
        queries(std::min(kAttentionQueries, tokens - first)),
        first_key(options.window > 0 ? std::max<int64_t>(0, first - options.window + 1) : 0),
        keys((options.causal ? first + queries : tokens) - first_key) {}

  void hide_unseen(float* scores, int64_t window) const {
    constexpr float kUnseen = -std::numeric_limits<float>::infinity();
    for (int64_t key = std::max<int64_t>(0, first - first_key); key < keys; ++key) {
      float* row = scores + key * kAttentionQueries;
      std::fill(row, row + (first_key + key - first), kUnseen);
    }
    if (window == 0) return;
    for (int64_t key = 0; key < keys && first_key + key + window < first + queries; ++key) {
      float* row = scores + key * kAttentionQueries;
      std::fill(row + std::max<int64_t>(0, first_key + key + window - first), row + queries, kUnseen);
    }
  }
};

/// What one thread needs for blocks of a sequence.
template <class T>
struct Buffers {
  float *scores, *probability_gradients, delta[kAttentionQueries];
  T *probabilities, *score_gradients;

  explicit Buffers(int64_t tokens) {
    thread_local Scratch scratch;
    const int64_t block = tokens * kAttentionQueries;
    scores = scratch.reserve(4 * block);
    probability_gradients = scores + block;
    probabilities = reinterpret_cast<T*>(scores + 2 * block);
    score_gradients = reinterpret_cast<T*>(scores + 3 * block);
  }
};

/// Gradients of a key head, [tokens, head_dim] each: fp32, as they sum over blocks of queries and query heads.
class KeySums {
 public:
  KeySums(int64_t tokens, int64_t head_dim) : tokens_(tokens), head_dim_(head_dim) {
    thread_local Scratch scratch;
    dk_ = scratch.reserve(2 * tokens * head_dim);
    dv_ = dk_ + tokens * head_dim;
  }
  void clear() const { std::fill(dk_, dv_ + tokens_ * head_dim_, 0.0f); }
  Head<float> dk() const { return {dk_, head_dim_}; }
  Head<float> dv() const { return {dv_, head_dim_}; }

  template <class T>
  void write(Head<T> dk, Head<T> dv) const {
    for (int64_t token = 0; token < tokens_; ++token) {
      kernels_for<T>().from_float(dk_ + token * head_dim_, dk.row(token), head_dim_);
      kernels_for<T>().from_float(dv_ + token * head_dim_, dv.row(token), head_dim_);
    }
  }

 private:
  int64_t tokens_, head_dim_;
  float *dk_, *dv_;
};

/// One query head of one sequence, and the key head that it shares.
template <class T>
class HeadAttention {
 public:
  HeadAttention(Head<T> q, Head<T> k, Head<T> v, TokenRange sequence, int64_t head_dim, const AttentionOptions& options)
      : q_(q),
        k_(k),
        v_(v),
        tokens_(sequence.count),
        head_dim_(head_dim),
        options_(options),
        scale_(static_cast<float>(options.scale > 0 ? options.scale : 1.0 / std::sqrt(static_cast<double>(head_dim)))),
        buffers_(sequence.count) {}

  void forward(Head<T> output, float* logsumexp) {
    each_block_of_queries([&](const Block& block) {
      scores_of(block);
      kernels_for<T>().attention_probabilities(whole(block, logsumexp));
      product<T>(block.queries, head_dim_, block.keys, {buffers_.probabilities, 1, kAttentionQueries},
                 over_tokens(v_, block.first_key), output.row(block.first), output.stride);
    });
  }

  /// dq is written, the key head's gradients are added to.
  void backward(Head<T> output, float* logsumexp, Head<T> doutput, Head<T> dq, const KeySums& sums) {
    const Head<float> dk = sums.dk(), dv = sums.dv();
    each_block_of_queries([&](const Block& block) {
      scores_of(block);
      product<T>(block.keys, block.queries, head_dim_, over_dim(v_, block.first_key), over_dim(doutput, block.first),
                 buffers_.probability_gradients, kAttentionQueries);
      for (int64_t i = 0; i < block.queries; ++i)
        buffers_.delta[i] = kernels_for<T>().dot(output.row(block.first + i), doutput.row(block.first + i), head_dim_);
      kernels_for<T>().attention_score_gradients(whole(block, logsumexp));
      product<T>(block.keys, head_dim_, block.queries, {buffers_.probabilities, kAttentionQueries, 1},
                 over_tokens(doutput, block.first), dv.row(block.first_key), dv.stride, /*add=*/true);
      product<T>(block.keys, head_dim_, block.queries, {buffers_.score_gradients, kAttentionQueries, 1},
                 over_tokens(q_, block.first), dk.row(block.first_key), dk.stride, /*add=*/true);
      product<T>(block.queries, head_dim_, block.keys, {buffers_.score_gradients, 1, kAttentionQueries},
                 over_tokens(k_, block.first_key), dq.row(block.first), dq.stride);
    });
  }

 private:
  template <class F>
  void each_block_of_queries(const F& f) const {
    for (int64_t first = 0; first < tokens_; first += kAttentionQueries) f(Block(first, tokens_, options_));
  }

  void scores_of(const Block& block) {
    product<T>(block.keys, block.queries, head_dim_, over_dim(k_, block.first_key), over_dim(q_, block.first),
               buffers_.scores, kAttentionQueries);
    if (options_.causal) block.hide_unseen(buffers_.scores, options_.window);
  }

  AttentionBlock<T> whole(const Block& block, float* logsumexp) const {
    return {.scores = buffers_.scores,
            .keys = block.keys,
            .queries = block.queries,
            .stride = kAttentionQueries,
            .scale = scale_,
            .logsumexp = logsumexp + block.first,
            .probabilities = buffers_.probabilities,
            .probability_gradients = buffers_.probability_gradients,
            .delta = buffers_.delta,
            .score_gradients = buffers_.score_gradients};
  }

  Head<T> q_, k_, v_;
  int64_t tokens_, head_dim_;
  const AttentionOptions& options_;
  float scale_;
  Buffers<T> buffers_;
};

/// f(sequence, query head, key head): the query heads of a key head one after another on one thread, which alone adds
/// to that key head's gradients.
template <class F>
void each_head(const Tensor& q, const Tensor& k, const AttentionOptions& options, const F& f) {
  const std::vector<TokenRange> sequences = sequences_of(q, options);
  const int64_t kv_heads = k.size(2), group = q.size(2) / kv_heads;
  at::parallel_for(0, static_cast<int64_t>(sequences.size()) * kv_heads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t member = 0; member < group; ++member)
        f(sequences[static_cast<size_t>(i / kv_heads)], i % kv_heads * group + member, i % kv_heads);
  });
}

/// Where the statistics of a sequence's head begin, in [heads, tokens].
float* statistics_of(const Tensor& logsumexp, TokenRange sequence, int64_t head) {
  return data<float>(logsumexp) + head * logsumexp.size(1) + sequence.first;
}

}  // namespace

bool attends(const Tensor& q) {
  const bool narrow = q.scalar_type() != at::kFloat;
  return q.numel() > 0 && (narrow ? table().bf16.block_product.gemm : table().fp32.block_product.gemm) != nullptr;
}

AttentionResult attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  const AttentionResult result{at::empty_like(q),
                               at::empty({q.size(2), q.size(0) * q.size(1)}, q.options().dtype(at::kFloat))};
  with_element(q, [&]<class T>(T) {
    each_head(q, k, options, [&](TokenRange sequence, int64_t head, int64_t kv_head) {
      const auto of = [&](const Tensor& x, int64_t index) { return head_of<T>(x, sequence.first, index); };
      HeadAttention<T>(of(q, head), of(k, kv_head), of(v, kv_head), sequence, q.size(3), options)
          .forward(of(result.output, head), statistics_of(result.logsumexp, sequence, head));
    });
  });
  return result;
}

AttentionGradients attention_backward(const Tensor& doutput, const Tensor& q, const Tensor& k, const Tensor& v,
                                      const AttentionResult& result, const AttentionOptions& options) {
  const Tensor dy = doutput.contiguous();
  const AttentionGradients d{at::empty_like(q), at::empty_like(k), at::empty_like(v)};
  const int64_t group = q.size(2) / k.size(2);
  with_element(q, [&]<class T>(T) {
    each_head(q, k, options, [&](TokenRange sequence, int64_t head, int64_t kv_head) {
      const auto of = [&](const Tensor& x, int64_t index) { return head_of<T>(x, sequence.first, index); };
      const KeySums sums(sequence.count, q.size(3));
      if (head % group == 0) sums.clear();
      HeadAttention<T>(of(q, head), of(k, kv_head), of(v, kv_head), sequence, q.size(3), options)
          .backward(of(result.output, head), statistics_of(result.logsumexp, sequence, head), of(dy, head),
                    of(d.q, head), sums);
      if (head % group == group - 1) sums.write(of(d.k, kv_head), of(d.v, kv_head));
    });
  });
  return d;
}

}  // namespace trireme::kernels::cpu
