#pragma once

// Decay first, then the moments, as torch.optim.AdamW: https://arxiv.org/abs/1711.05101, algorithm 2.
void adamw(const AdamWStep& s) {
  each_block(s.count, [&](int64_t i, auto extent) {
    const Vec gradient = load(s.gradient + i, extent) / s.gradient_divisor;
    const Vec old = load(s.exp_avg + i, extent);
    const Vec average = old + (gradient - old) * (1.0f - s.beta1);
    const Vec square = load(s.exp_avg_sq + i, extent) * s.beta2 + gradient * gradient * (1.0f - s.beta2);
    Vec root;
    for (int64_t lane = 0; lane < kLanes; ++lane) root[lane] = __builtin_sqrtf(square[lane]);
    const Vec denominator = root * s.denominator_scale + s.eps;
    const Vec value = load(s.value + i, extent) * s.decay_factor - s.step_size * average / denominator;
    store(s.exp_avg + i, average, extent);
    store(s.exp_avg_sq + i, square, extent);
    store(s.value + i, value, extent);
  });
}

double sum_of_squares(const float* values, int64_t count) {
  typedef double Doubles __attribute__((vector_size(64)));
  typedef float Floats __attribute__((vector_size(32)));
  Doubles lanes = {};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    Floats some;
    memcpy(&some, values + i, sizeof some);
    const Doubles wide = __builtin_convertvector(some, Doubles);
    lanes += wide * wide;
  }
  // A product of two fp32 is exact in fp64, so fused multiply-adds change no bits.
  for (; i < count; ++i) lanes[0] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  double sum = 0.0;
  for (int lane = 0; lane < 8; ++lane) sum += lanes[lane];
  return sum;
}
