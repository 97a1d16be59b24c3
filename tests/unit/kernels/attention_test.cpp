#include "trireme/kernels/attention.h"

#include "support/expect_error.h"
#include "trireme/core/error.h"
#include "trireme/kernels/reference/attention_parts.h"
#include "unit/kernels/finite_difference.h"

namespace trireme::kernels {
namespace {

constexpr int64_t kBatch = 2, kLength = 9, kHeads = 4, kKvHeads = 2, kHeadDim = 8;

struct Tensors {
  Tensor q = random_fp64({kBatch, kLength, kHeads, kHeadDim});
  Tensor k = random_fp64({kBatch, kLength, kKvHeads, kHeadDim});
  Tensor v = random_fp64({kBatch, kLength, kKvHeads, kHeadDim});
  Tensor dout = random_fp64({kBatch, kLength, kHeads, kHeadDim});

  AttentionResult run(const AttentionSpan& span) const { return attention(q, k, v, span); }
  AttentionGradients back(const AttentionSpan& span) const {
    return attention_backward(dout, q, k, v, run(span), span);
  }
};

const AttentionSpan kSpans[] = {
    {},
    {.window = 3, .document_starts = {}},
    {.window = 0, .document_starts = at::tensor({0, 4, 9, 10, 18}, at::kLong)},
    {.window = 2, .document_starts = at::tensor({0, 9, 13, 18}, at::kLong)},
};

TEST(Attention, GradientsMatchFiniteDifferences) {
  const Tensors t;
  for (const AttentionSpan& span : kSpans) {
    const AttentionGradients d = t.back(span);
    expect_gradients([&] { return (t.run(span).output * t.dout).sum().item<double>(); }, {t.q, t.k, t.v},
                     {d.q, d.k, d.v});
  }
}

TEST(Attention, FusedEqualsWholeScores) {
  const Tensors t;
  for (const int64_t window : {0, 3}) {
    const AttentionSpan span{window, {}};
    const auto mask = window_mask(kLength, kLength, window, t.q.options());
    const AttentionResult whole = attention_whole(t.q, t.k, t.v, mask);
    EXPECT_TRUE(at::allclose(t.run(span).output, whole.output, 0, 1e-12));
    const AttentionGradients d = t.back(span), e = attention_whole_backward(t.dout, t.q, t.k, t.v, whole, mask);
    EXPECT_TRUE(at::allclose(d.q, e.q, 0, 1e-12));
    EXPECT_TRUE(at::allclose(d.k, e.k, 0, 1e-12));
    EXPECT_TRUE(at::allclose(d.v, e.v, 0, 1e-12));
  }
}

TEST(Attention, DocumentMaskEqualsSeparateDocuments) {
  const Tensors t;
  for (const AttentionSpan& span : {kSpans[2], kSpans[3]}) {
    const auto stream = [](const Tensor& x) { return x.view({1, -1, x.size(2), x.size(3)}); };
    const Tensor mask = document_mask(span.document_starts, kBatch * kLength, span.window, t.q.options());
    const Tensor masked = attention_whole(stream(t.q), stream(t.k), stream(t.v), mask).output;
    EXPECT_TRUE(at::allclose(t.run(span).output, masked.view_as(t.q), 0, 1e-12));
  }
}

TEST(Attention, FirstTokenSeesItselfAlone) {
  const Tensors t;
  const Tensor first = t.run({}).output.select(1, 0);
  EXPECT_TRUE(at::allclose(first, t.v.select(1, 0).repeat_interleave(kHeads / kKvHeads, 1)));
}

TEST(Attention, CachedQueriesEqualTheLastOfAWholeRow) {
  const Tensors t;
  for (const int64_t window : {0, 3}) {
    const Tensor whole = t.run({window, {}}).output;
    for (const int64_t queries : {1, 4}) {
      const Tensor last = t.q.narrow(1, kLength - queries, queries);
      const Tensor cached = cached_attention(last, t.k.transpose(1, 2), t.v.transpose(1, 2), window);
      EXPECT_TRUE(at::allclose(cached, whole.narrow(1, kLength - queries, queries), 0, 1e-12));
    }
  }
}

TEST(Attention, RefusesBordersThatDoNotCoverTheBatch) {
  const Tensors t;
  EXPECT_ERROR(BugError, "must run from 0 to the 18 tokens", t.run({0, at::tensor({0, 4, 9}, at::kLong)}));
}

}  // namespace
}  // namespace trireme::kernels
