#pragma once

template <class T>
void rms_norm_apply(const T* x, const float* rstd, const T* weight, T* y, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += width, y += width) {
    const float scale = rstd[row];
    each_block(width, [&](int64_t i, auto extent) {
      store(y + i, load(x + i, extent) * scale * load(weight + i, extent), extent);
    });
  }
}

template <class T>
void rms_norm(const T* x, const T* weight, double eps, float* rstd, T* y, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row) {
    Vec squares = {};
    each_block(width, [&](int64_t i, auto extent) {
      const Vec value = load(x + row * width + i, extent);
      squares += value * value;
    });
    const float mean = sum_of(squares) / static_cast<float>(width);
    rstd[row] = 1.0f / __builtin_sqrtf(mean + static_cast<float>(eps));
  }
  rms_norm_apply(x, rstd, weight, y, rows, width);
}

// With n = x * rstd and g = dy * weight: dx = rstd * (g - n * mean(g * n)).
template <class T>
void rms_norm_backward(const RmsNormBackward<T>& call) {
  memset(call.weight_grad, 0, static_cast<size_t>(call.width) * sizeof(float));
  for (int64_t row = 0; row < call.rows; ++row) {
    const T *dy = call.dy + row * call.width, *x = call.x + row * call.width;
    const float rstd = call.rstd[row];
    Vec products = {};
    each_block(call.width, [&](int64_t i, auto extent) {
      const Vec share = load(dy + i, extent) * (load(x + i, extent) * rstd);
      store(call.weight_grad + i, load(call.weight_grad + i, extent) + share, extent);
      products += share * load(call.weight + i, extent);
    });
    const float mean = sum_of(products) / static_cast<float>(call.width);
    each_block(call.width, [&](int64_t i, auto extent) {
      const Vec normed = load(x + i, extent) * rstd;
      Vec dx = (load(dy + i, extent) * load(call.weight + i, extent) - normed * mean) * rstd;
      if (call.dresidual != nullptr) dx += load(call.dresidual + row * call.width + i, extent);
      store(call.dx + row * call.width + i, dx, extent);
    });
  }
}
