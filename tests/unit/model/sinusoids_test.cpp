#include "trireme/model/parts/sinusoids.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "trireme/core/error.h"

namespace trireme::model {
namespace {

/// Waves from a period of 2 pi to one of 2 pi 10000, evenly apart in their logarithms.
TEST(Sinusoids, SinesThenCosinesOfGeometricSpeeds) {
  const at::Tensor table = sinusoids(1000, 10);
  const double ratio = std::pow(10000, -0.25);
  for (const int64_t position : {0, 1, 7, 999}) {
    for (int64_t wave = 0; wave < 5; ++wave) {
      const double angle = static_cast<double>(position) * std::pow(ratio, static_cast<double>(wave));
      EXPECT_NEAR(table[position][wave].item<double>(), std::sin(angle), 1e-12) << position << " " << wave;
      EXPECT_NEAR(table[position][5 + wave].item<double>(), std::cos(angle), 1e-12) << position << " " << wave;
    }
  }
  EXPECT_NEAR(table[1][4].item<double>(), 1e-4, 1e-11);
}

TEST(Sinusoids, OfOneWave) {
  EXPECT_NEAR(sinusoids(3, 2)[2][0].item<double>(), std::sin(2.0), 1e-15);
  EXPECT_THROW(sinusoids(3, 5), BugError);
}

}  // namespace
}  // namespace trireme::model
