#pragma once

// Two passes over a block that lies in the second-level cache. A NaN makes the sum NaN.
template <class T>
void softmax_exponentials(const SoftmaxBlock<T>& block, float* largest, float* sum) {
  const auto each = [&](const auto& f) {
    for (int64_t v = 0; v < block.vocab; ++v)
      each_block(block.rows, [&](int64_t row, auto extent) { f(row, block.logits + v * block.stride + row, extent); });
  };
  each_block(block.rows, [&](int64_t row, auto extent) { store(sum + row, Vec{}, extent); });
  each([&](int64_t row, const T* place, auto extent) {
    const Vec logit = load(place, extent), top = load(largest + row, extent);
    store(largest + row, logit > top ? logit : top, extent);
  });
  each([&](int64_t row, T* place, auto extent) {
    const Vec top = load(largest + row, extent);
    const Vec base = top == -__builtin_inff() ? splat(0.0f) : top;  // -inf - -inf would be NaN
    const Vec exponential = exp_of(load(place, extent) - base);
    store(sum + row, load(sum + row, extent) + exponential, extent);
    store(place, exponential, extent);
  });
}

template <class T>
void softmax_scaled(const SoftmaxBlock<T>& block, const float* logsumexp, const float* scale) {
  for (int64_t v = 0; v < block.vocab; ++v) {
    T* logits = block.logits + v * block.stride;
    each_block(block.rows, [&](int64_t row, auto extent) {
      const Vec probability = exp_of(load(logits + row, extent) - load(logsumexp + row, extent));
      store(logits + row, probability * load(scale + row, extent), extent);
    });
  }
}
