#pragma once

#include "distributed_training/tiny_training.h"

namespace trireme::testing {

/// |got - expected| <= tolerance * max(|expected|, 1e-3 |all expected|), for each tensor.
void expect_near(const WholeTensors& got, const WholeTensors& expected, double tolerance);
void expect_equal(const WholeTensors& got, const WholeTensors& expected);
/// Relative, step by step.
void expect_losses_near(const std::vector<double>& got, const std::vector<double>& expected, double tolerance);

}  // namespace trireme::testing
