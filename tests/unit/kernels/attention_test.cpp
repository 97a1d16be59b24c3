#include "trireme/kernels/attention.h"

#include <ATen/Parallel.h>

#include "support/expect_error.h"
#include "trireme/core/error.h"
#include "trireme/core/format.h"
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

  AttentionResult run(const AttentionOptions& options) const { return attention(q, k, v, options); }
  AttentionGradients back(const AttentionOptions& options) const {
    return attention_backward(dout, q, k, v, run(options), options);
  }
};

const AttentionOptions kOptions[] = {
    {},
    {.window = 3, .document_starts = {}},
    {.window = 0, .document_starts = at::tensor({0, 4, 9, 10, 18}, at::kLong)},
    {.window = 2, .document_starts = at::tensor({0, 9, 13, 18}, at::kLong)},
    {.causal = false},
    {.document_starts = at::tensor({0, 4, 9, 10, 18}, at::kLong), .causal = false},
    {.scale = 0.3},
    {.window = 3, .softcap = 1.5},
    {.document_starts = at::tensor({0, 9, 13, 18}, at::kLong), .softcap = 1.5},
    {.alibi_slopes = at::tensor({0.5, 0.25, 0.125, 0.0625})},
};

TEST(Attention, GradientsMatchFiniteDifferences) {
  const Tensors t;
  for (const AttentionOptions& options : kOptions) {
    const AttentionGradients d = t.back(options);
    expect_gradients([&] { return (t.run(options).output * t.dout).sum().item<double>(); }, {t.q, t.k, t.v},
                     {d.q, d.k, d.v});
  }
}

TEST(Attention, FusedEqualsWholeScores) {
  const Tensors t;
  for (const int64_t window : {0, 3}) {
    const AttentionOptions options{window, {}};
    const auto mask = window_mask(kLength, kLength, window, t.q.options());
    const AttentionResult whole = attention_whole(t.q, t.k, t.v, {.mask = mask});
    EXPECT_TRUE(at::allclose(t.run(options).output, whole.output, 0, 1e-12));
    const AttentionGradients d = t.back(options),
                             e = attention_whole_backward(t.dout, t.q, t.k, t.v, whole, {.mask = mask});
    EXPECT_TRUE(at::allclose(d.q, e.q, 0, 1e-12));
    EXPECT_TRUE(at::allclose(d.k, e.k, 0, 1e-12));
    EXPECT_TRUE(at::allclose(d.v, e.v, 0, 1e-12));
  }
}

TEST(Attention, DocumentMaskEqualsSeparateDocuments) {
  const Tensors t;
  for (const AttentionOptions& options : {kOptions[2], kOptions[3]}) {
    const auto stream = [](const Tensor& x) { return x.view({1, -1, x.size(2), x.size(3)}); };
    const Tensor mask = document_mask(options.document_starts, kBatch * kLength, options, t.q.options());
    const Tensor masked = attention_whole(stream(t.q), stream(t.k), stream(t.v), {.mask = mask}).output;
    EXPECT_TRUE(at::allclose(t.run(options).output, masked.view_as(t.q), 0, 1e-12));
  }
}

/// Around a block of queries and a tile of a product.
constexpr int64_t kLengths[] = {1, 2, 63, 64, 65, 200};
constexpr int64_t kHeadDims[] = {1, 7, 48, 64};

Tensor stream_of(const Tensor& x) { return x.reshape({1, -1, x.size(2), x.size(3)}); }

/// Largest difference, over the largest value where that is above 1.
double distance(const Tensor& actual, const Tensor& expected) {
  const double largest = std::max(1.0, expected.abs().max().item<double>());
  return (actual.to(at::kDouble) - expected.view_as(actual)).abs().max().item<double>() / largest;
}

/// Of what the processor's kernel makes of random tensors in `type`, from fp64 over whole scores.
double distance_from_fp64(at::ScalarType type, int64_t length, int64_t head_dim, const AttentionOptions& options) {
  at::manual_seed(1);
  const auto random = [&](int64_t heads) { return at::randn({2, length, heads, head_dim}).to(type); };
  const Tensor q = random(4), k = random(2), v = random(2), dout = random(4);
  const auto wide = [](const Tensor& x) { return stream_of(x.to(at::kDouble)); };
  const Tensor starts = options.document_starts.defined() ? options.document_starts
                                                          : at::tensor({int64_t{0}, length, 2 * length}, at::kLong);
  const Tensor mask = document_mask(starts, 2 * length, options, wide(q).options());
  const AttentionResult result = attention(q, k, v, options),
                        whole = attention_whole(wide(q), wide(k), wide(v), {.mask = mask});
  const AttentionGradients d = attention_backward(dout, q, k, v, result, options);
  const AttentionGradients e = attention_whole_backward(wide(dout), wide(q), wide(k), wide(v), whole, {.mask = mask});
  return std::max({distance(result.output, whole.output), distance(d.q, e.q), distance(d.k, e.k), distance(d.v, e.v)});
}

TEST(Attention, FloatAndBf16EqualFp64) {
  for (const int64_t length : kLengths)
    for (const int64_t head_dim : kHeadDims) {
      std::vector<AttentionOptions> all_options = {{}, {.window = 5}, {.causal = false}};
      if (length > 2)
        all_options.push_back(
            {.window = 0, .document_starts = at::tensor({int64_t{0}, int64_t{1}, length + 1, 2 * length}, at::kLong)});
      for (const AttentionOptions& options : all_options) {
        const std::string what =
            format("length {}, head_dim {}, window {}, causal {}", length, head_dim, options.window, options.causal);
        EXPECT_LT(distance_from_fp64(at::kFloat, length, head_dim, options), 5e-6) << what;
        EXPECT_LT(distance_from_fp64(at::kBFloat16, length, head_dim, options), 0.02) << what;
      }
    }
}

TEST(Attention, ThreadsChangeNoBit) {
  at::manual_seed(1);
  const Tensor q = at::randn({2, 100, 6, 48}), k = at::randn({2, 100, 3, 48}), v = at::randn({2, 100, 3, 48});
  const int before = at::get_num_threads();
  std::vector<std::vector<Tensor>> runs;
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    const AttentionResult result = attention(q, k, v, {});
    const AttentionGradients d = attention_backward(q, q, k, v, result, {});
    runs.push_back({result.output, d.q, d.k, d.v});
  }
  at::set_num_threads(before);
  for (size_t i = 0; i < runs[0].size(); ++i) EXPECT_TRUE(at::equal(runs[0][i], runs[1][i]));
}

TEST(Attention, NotANumberReachesItsQueriesAlone) {
  const auto filled = [] { return at::ones({1, 70, 1, 8}); };
  const Tensor q = filled(), k = filled(), v = filled();
  k[0][66][0][3].fill_(std::numeric_limits<float>::quiet_NaN());
  const Tensor output = attention(q, k, v, {}).output;
  EXPECT_TRUE(output.narrow(1, 0, 66).isfinite().all().item<bool>());
  EXPECT_TRUE(output.narrow(1, 66, 4).isnan().all().item<bool>());
}

TEST(Attention, FirstTokenSeesItselfAlone) {
  const Tensors t;
  const Tensor first = t.run({}).output.select(1, 0);
  EXPECT_TRUE(at::allclose(first, t.v.select(1, 0).repeat_interleave(kHeads / kKvHeads, 1)));
}

TEST(Attention, CachedQueriesEqualTheLastOfAWholeRow) {
  const Tensors t;
  for (const AttentionOptions& options : kOptions) {
    if (options.document_starts.defined() || !options.causal) continue;
    const Tensor whole = t.run(options).output;
    for (const int64_t queries : {1, 4}) {
      const Tensor last = t.q.narrow(1, kLength - queries, queries);
      const Tensor cached = cached_attention(last, t.k.transpose(1, 2), t.v.transpose(1, 2), options);
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
