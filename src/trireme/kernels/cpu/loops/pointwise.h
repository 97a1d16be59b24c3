#pragma once

template <class T>
void rotate(T* x, const float* cos, const float* sin, float sign, int64_t tokens, int64_t heads, int64_t half) {
  for (int64_t token = 0; token < tokens; ++token, cos += half, sin += half, x += heads * 2 * half) {
    each_block(half, [&](int64_t i, auto extent) {
      const Vec c = load(cos + i, extent), s = load(sin + i, extent) * sign;
      for (int64_t head = 0; head < heads; ++head) {
        T* const pair = x + head * 2 * half + i;
        const Vec first = load(pair, extent), second = load(pair + half, extent);
        store(pair, first * c - second * s, extent);
        store(pair + half, second * c + first * s, extent);
      }
    });
  }
}

template <class T>
void swiglu(const T* gate, const T* up, T* y, int64_t count) {
  each_block(count, [&](int64_t i, auto extent) {
    const Vec g = load(gate + i, extent);
    store(y + i, g * sigmoid_of(g) * load(up + i, extent), extent);
  });
}

template <class T>
void swiglu_backward(const T* dy, const T* gate, const T* up, T* dgate, T* dup, int64_t count) {
  each_block(count, [&](int64_t i, auto extent) {
    const Vec d = load(dy + i, extent), g = load(gate + i, extent), u = load(up + i, extent);
    const Vec s = sigmoid_of(g);
    store(dup + i, d * (g * s), extent);
    store(dgate + i, d * u * (s * (1.0f + g * (1.0f - s))), extent);
  });
}

template <class T>
void add_to_float(float* sum, const T* x, int64_t count) {
  each_block(count,
             [&](int64_t i, auto extent) { store(sum + i, load(sum + i, extent) + load(x + i, extent), extent); });
}

template <class T>
void from_float(const float* x, T* y, int64_t count) {
  each_block(count, [&](int64_t i, auto extent) { store(y + i, load(x + i, extent), extent); });
}
