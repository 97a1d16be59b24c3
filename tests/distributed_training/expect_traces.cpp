#include "distributed_training/expect_traces.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace trireme::testing {

void expect_near(const WholeTensors& got, const WholeTensors& expected, double tolerance) {
  ASSERT_EQ(got.tensors().size(), expected.tensors().size());
  double squares = 0.0;
  for (const auto& [name, tensor] : expected.tensors()) squares += std::pow(tensor.norm().item<double>(), 2);
  for (const auto& [name, tensor] : expected.tensors()) {
    const at::Tensor difference = got.tensors().at(name).to(at::kDouble) - tensor.to(at::kDouble);
    const double scale = std::max(tensor.norm().item<double>(), 1e-3 * std::sqrt(squares));
    EXPECT_LE(difference.norm().item<double>(), tolerance * scale) << name;
  }
}

void expect_equal(const WholeTensors& got, const WholeTensors& expected) {
  ASSERT_EQ(got.tensors().size(), expected.tensors().size());
  for (const auto& [name, tensor] : expected.tensors()) EXPECT_TRUE(got.tensors().at(name).equal(tensor)) << name;
}

void expect_losses_near(const std::vector<double>& got, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(got[i], expected[i], tolerance * std::abs(expected[i])) << "step " << i + 1;
}

}  // namespace trireme::testing
