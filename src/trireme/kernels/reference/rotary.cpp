#include "trireme/kernels/reference/reference.h"

#include <ATen/ATen.h>

#include <numbers>

#include "trireme/core/error.h"

namespace trireme::kernels {
namespace {

// The order of fp32 operations follows transformers' modeling_rope_utils, so that angles agree to the last
// bit.
Tensor scale_llama3(const Tensor& inv_freq, const arch::RopeScaling& scaling) {
  const auto context = static_cast<double>(scaling.original_max_position_embeddings);
  const double low_wavelength = context / scaling.low_freq_factor;
  const double high_wavelength = context / scaling.high_freq_factor;
  const Tensor wavelength = (2 * std::numbers::pi) / inv_freq;
  const Tensor smooth =
      (context / wavelength - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
  const Tensor scaled = at::where(wavelength > low_wavelength, inv_freq / scaling.factor, inv_freq);
  const Tensor blended = (1 - smooth) * scaled / scaling.factor + smooth * scaled;
  const Tensor between = (wavelength >= high_wavelength).logical_and(wavelength <= low_wavelength);
  return at::where(between, blended, scaled);
}

Tensor inverse_frequencies(int64_t head_dim, double theta, const arch::RopeScaling& scaling) {
  const Tensor exponent = at::arange(0, head_dim, 2, at::kLong).to(at::kFloat) / head_dim;
  const Tensor inv_freq = 1.0 / at::pow(theta, exponent);
  if (scaling.rope_type == "default") return inv_freq;
  if (scaling.rope_type == "linear") return inv_freq / scaling.factor;
  if (scaling.rope_type == "llama3") return scale_llama3(inv_freq, scaling);
  throw ConfigError(format("model.rope_scaling: rope_type \"{}\" is not supported; use default, linear or llama3",
                           scaling.rope_type));
}

}  // namespace

RotaryTable RotaryTable::rows(const Tensor& positions) const {
  const Tensor flat = positions.reshape({-1});
  return {cos.index_select(0, flat), sin.index_select(0, flat)};
}

RotaryTable make_rotary_table(int64_t head_dim, double theta, const arch::RopeScaling& scaling, int64_t num_positions,
                              at::Device device) {
  if (head_dim % 2 != 0) {
    throw ConfigError(
        format("model.head_dim: {} is odd, but rotary embeddings rotate pairs; use an even value", head_dim));
  }
  const Tensor inv_freq = inverse_frequencies(head_dim, theta, scaling);
  const Tensor angles = at::outer(at::arange(num_positions, at::kLong).to(at::kFloat), inv_freq);
  return {angles.cos().to(device), angles.sin().to(device)};
}

namespace reference {

void rotate_(const Tensor& x, const RotaryTable& rows, bool back) {
  const int64_t half = x.size(-1) / 2;
  const std::vector<int64_t> by_head = {x.size(0), x.size(1), 1, half};
  const auto wide = accumulation_type(x.scalar_type());
  const Tensor cos = rows.cos.view(by_head).to(wide);
  const Tensor sin = rows.sin.view(by_head).to(wide);
  const Tensor first = x.narrow(-1, 0, half), second = x.narrow(-1, half, half);
  const Tensor from_second = back ? second * sin : second * -sin;
  const Tensor from_first = back ? first * -sin : first * sin;
  first.copy_(at::mul(first, cos).add_(from_second));
  second.copy_(at::mul(second, cos).add_(from_first));
}

}  // namespace reference

}  // namespace trireme::kernels
