#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>

namespace trireme::kernels {

/// Compares an analytic gradient with central differences of `loss` along random directions. fp64 only.
/// `inputs` are perturbed in place and restored; `gradients` belong to them.
inline void expect_gradients(const std::function<double()>& loss, const std::vector<at::Tensor>& inputs,
                             const std::vector<at::Tensor>& gradients) {
  constexpr double kStep = 1e-5;
  for (size_t i = 0; i < inputs.size(); ++i) {
    at::Tensor x = inputs[i];
    const at::Tensor direction = at::randn_like(x);
    x.add_(direction, kStep);
    const double above = loss();
    x.add_(direction, -2 * kStep);
    const double below = loss();
    x.add_(direction, kStep);
    const double measured = (above - below) / (2 * kStep);
    const double expected = (gradients[i] * direction).sum().item<double>();
    EXPECT_NEAR(measured, expected, 1e-7 * (1 + std::abs(expected))) << "input " << i;
  }
}

inline at::Tensor random_fp64(at::IntArrayRef shape) { return at::randn(shape, at::kDouble); }

}  // namespace trireme::kernels
