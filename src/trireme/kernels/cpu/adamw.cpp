#include <cmath>

#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cpu/elements.h"

namespace trireme::kernels::cpu {

void adamw_(const AdamWTensors& tensors, const AdamWOptions& options) {
  if (options.skip.item<float>() != 0.0f) return;
  const double updates = options.updates.item<double>(), rate = options.learning_rate.item<double>();
  const double correction = 1.0 - std::pow(options.beta1, updates);
  const double square_correction = 1.0 - std::pow(options.beta2, updates);
  const AdamWStep step{
      .value = data<float>(tensors.value),
      .exp_avg = data<float>(tensors.exp_avg),
      .exp_avg_sq = data<float>(tensors.exp_avg_sq),
      .gradient = data<float>(tensors.gradient),
      .count = tensors.value.numel(),
      .gradient_divisor = options.gradient_divisor.defined() ? options.gradient_divisor.item<float>() : 1,
      .beta1 = static_cast<float>(options.beta1),
      .beta2 = static_cast<float>(options.beta2),
      .decay_factor = static_cast<float>(1.0 - rate * options.weight_decay),
      .step_size = static_cast<float>(rate / correction),
      .denominator_scale = static_cast<float>(1.0 / std::sqrt(square_correction)),
      .eps = static_cast<float>(options.eps)};
  constexpr int64_t kGrain = 1 << 14;
  at::parallel_for(0, step.count, kGrain, [&](int64_t begin, int64_t end) {
    AdamWStep part = step;
    for (float** pointer : {&part.value, &part.exp_avg, &part.exp_avg_sq}) *pointer += begin;
    part.gradient += begin;
    part.count = end - begin;
    table().adamw(part);
  });
}

namespace {

double squares(const float* values, int64_t count) { return table().sum_of_squares(values, count); }
double squares(const double* values, int64_t count) {
  double sum = 0.0;
  for (int64_t i = 0; i < count; ++i) sum += values[i] * values[i];
  return sum;
}

// In pieces of fixed size, so that the number of threads does not change the sum.
template <class T>
double in_pieces(const T* values, int64_t count) {
  constexpr int64_t kPiece = 1 << 16;
  const int64_t pieces = (count + kPiece - 1) / kPiece;
  std::vector<double> sums(static_cast<size_t>(pieces));
  at::parallel_for(0, pieces, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      sums[static_cast<size_t>(p)] = squares(values + p * kPiece, std::min(kPiece, count - p * kPiece));
  });
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace

double sum_of_squares(const Tensor& flat) {
  const int64_t count = flat.numel();
  return flat.scalar_type() == at::kDouble ? in_pieces(data<double>(flat), count) : in_pieces(data<float>(flat), count);
}

}  // namespace trireme::kernels::cpu
