#pragma once

// Scores lie as [keys, queries], so that vectors run along queries. Passes over a block that lies in the second-level
// cache.
template <class T>
void attention_probabilities(const AttentionBlock<T>& block) {
  const auto each = [&](const auto& f) {
    for (int64_t key = 0; key < block.keys; ++key)
      each_block(block.queries, [&](int64_t query, auto extent) { f(key * block.stride + query, query, extent); });
  };
  alignas(64) float largest[kAttentionQueries], sum[kAttentionQueries];
  for (int64_t query = 0; query < kAttentionQueries; ++query) {
    largest[query] = -__builtin_inff();
    sum[query] = 0.0f;
  }
  each([&](int64_t at, int64_t query, auto extent) {
    const Vec score = load(block.scores + at, extent), top = load(largest + query, extent);
    store(largest + query, score > top ? score : top, extent);
  });
  each([&](int64_t at, int64_t query, auto extent) {
    const Vec power = exp_of((load(block.scores + at, extent) - load(largest + query, extent)) * block.scale);
    store(block.scores + at, power, extent);
    store(sum + query, load(sum + query, extent) + power, extent);
  });
  for (int64_t query = 0; query < block.queries; ++query) {
    block.logsumexp[query] = largest[query] * block.scale + __builtin_logf(sum[query]);
    sum[query] = 1.0f / sum[query];
  }
  each([&](int64_t at, int64_t query, auto extent) {
    store(block.probabilities + at, load(block.scores + at, extent) * load(sum + query, extent), extent);
  });
}

template <class T>
void attention_score_gradients(const AttentionBlock<T>& block) {
  for (int64_t key = 0; key < block.keys; ++key)
    each_block(block.queries, [&](int64_t query, auto extent) {
      const int64_t at = key * block.stride + query;
      const Vec score = load(block.scores + at, extent) * block.scale;
      const Vec probability = exp_of(score - load(block.logsumexp + query, extent));
      const Vec gradient = load(block.probability_gradients + at, extent) - load(block.delta + query, extent);
      store(block.probabilities + at, probability, extent);
      store(block.score_gradients + at, probability * gradient * block.scale, extent);
    });
}

/// Sum of products of two rows.
template <class T>
float dot(const T* a, const T* b, int64_t count) {
  Vec sum = {};
  each_block(count, [&](int64_t i, auto extent) { sum += load(a + i, extent) * load(b + i, extent); });
  return sum_of(sum);
}
