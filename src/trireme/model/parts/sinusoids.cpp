#include "trireme/model/parts/sinusoids.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "trireme/core/check.h"

namespace trireme::model {

at::Tensor sinusoids(int64_t positions, int64_t width) {
  constexpr double kSlowest = 10000;
  TRIREME_CHECK(width % 2 == 0, "sines and cosines need an even width, got {}", width);
  const int64_t waves = width / 2;
  const double step = std::log(kSlowest) / static_cast<double>(std::max<int64_t>(waves - 1, 1));
  const at::Tensor speeds = at::arange(waves, at::kDouble).mul_(-step).exp_();
  const at::Tensor angles = at::outer(at::arange(positions, at::kDouble), speeds);
  return at::cat({angles.sin(), angles.cos()}, 1);
}

}  // namespace trireme::model
