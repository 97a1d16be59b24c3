#include "trireme/model/initialize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "trireme/core/philox.h"

namespace trireme::model {
namespace {

constexpr int64_t kLanes = 4;

/// Uniform in (0, 1): 24 random bits and a half, which fp32 holds exactly.
float open_unit(uint32_t bits) { return (static_cast<float>(bits >> 8) + 0.5f) * 0x1p-24f; }

std::array<float, kLanes> normals(uint64_t key, uint64_t counter) {
  const std::array<uint32_t, 4> bits = philox4x32(key, counter);
  std::array<float, kLanes> values;
  for (int pair = 0; pair < 2; ++pair) {
    const float radius = std::sqrt(-2.0f * std::log(open_unit(bits[2 * pair])));
    const float angle = 2.0f * std::numbers::pi_v<float> * open_unit(bits[2 * pair + 1]);
    values[2 * pair] = radius * std::cos(angle);
    values[2 * pair + 1] = radius * std::sin(angle);
  }
  return values;
}

template <class T>
void fill_normal(uint64_t key, float std_dev, int64_t first, std::span<T> out) {
  for (size_t done = 0; done < out.size();) {
    const int64_t index = first + static_cast<int64_t>(done);
    const std::array<float, kLanes> values = normals(key, static_cast<uint64_t>(index / kLanes));
    for (int64_t lane = index % kLanes; lane < kLanes && done < out.size(); ++lane)
      out[done++] = std_dev * values[lane];
  }
}

template <class T>
void fill_uniform(uint64_t key, float std_dev, int64_t first, std::span<T> out) {
  const float bound = std_dev * std::numbers::sqrt3_v<float>;
  for (size_t done = 0; done < out.size();) {
    const int64_t index = first + static_cast<int64_t>(done);
    const std::array<uint32_t, kLanes> bits = philox4x32(key, static_cast<uint64_t>(index / kLanes));
    for (int64_t lane = index % kLanes; lane < kLanes && done < out.size(); ++lane)
      out[done++] = bound * (2.0f * open_unit(bits[static_cast<size_t>(lane)]) - 1.0f);
  }
}

template <class T>
void fill(uint64_t seed, const arch::ParameterSpec& spec, int64_t first, std::span<T> out) {
  const auto std_dev = static_cast<float>(spec.init_std);
  switch (spec.init) {
    case arch::InitKind::kOnes: std::ranges::fill(out, T{1}); return;
    case arch::InitKind::kZeros: std::ranges::fill(out, T{0}); return;
    case arch::InitKind::kNormal: fill_normal(stream_key(seed, spec.name), std_dev, first, out); return;
    case arch::InitKind::kUniform: fill_uniform(stream_key(seed, spec.name), std_dev, first, out); return;
  }
}

}  // namespace

void initial_values(uint64_t seed, const arch::ParameterSpec& spec, int64_t first, std::span<float> out) {
  fill(seed, spec, first, out);
}

void initial_values(uint64_t seed, const arch::ParameterSpec& spec, int64_t first, std::span<double> out) {
  fill(seed, spec, first, out);
}

}  // namespace trireme::model
