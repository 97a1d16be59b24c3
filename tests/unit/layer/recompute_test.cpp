#include "trireme/layer/recompute.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "trireme/core/error.h"

namespace trireme::layer {
namespace {

/// y = x * x, which keeps x; counts its forwards.
class Square final : public Layer {
 public:
  explicit Square(int& forwards, bool accumulates = false) : forwards_(forwards), accumulates_(accumulates) {}
  std::span<const arch::ParameterSpec> specs() const override { return {}; }
  void bind(std::span<const Tensor>, std::span<const Tensor>) override {}
  Tensor forward(const Tensor& x, Pass& pass) override {
    ++forwards_;
    if (pass.sums && pass.sums->loss.defined()) pass.sums->loss.add_(1);
    if (pass.saved) pass.saved->tensors = {x, x + 1};
    return x * x;
  }
  Tensor backward(const Tensor& dy, Pass& pass, WeightGradQueue&) override {
    return dy * 2 * pass.saved->tensors.at(0);
  }
  bool accumulates_in_forward() const override { return accumulates_; }

 private:
  int& forwards_;
  bool accumulates_;
};

TEST(RecomputedLayer, KeepsInputAloneAndRunsForwardAgain) {
  int forwards = 0;
  RecomputedLayer layer(std::make_unique<Square>(forwards));
  const Microbatch batch;
  Saved saved;
  StepSums sums{at::zeros({}, at::kDouble), {}};
  Pass pass{.batch = batch, .saved = &saved, .sums = &sums};
  EXPECT_EQ(layer.forward(at::scalar_tensor(3.0), pass).item<double>(), 9.0);
  EXPECT_EQ(saved.tensors.size(), 1u);

  ImmediateWeightGrads weight_grads;
  EXPECT_EQ(layer.backward(at::scalar_tensor(1.0), pass, weight_grads).item<double>(), 6.0);
  EXPECT_EQ(forwards, 2);
  EXPECT_EQ(sums.loss.item<double>(), 1.0) << "the second forward must not count again";
  EXPECT_TRUE(saved.tensors.empty());
}

TEST(RecomputedLayer, KeepsNothingWhenEvaluating) {
  int forwards = 0;
  RecomputedLayer layer(std::make_unique<Square>(forwards));
  const Microbatch batch;
  Pass pass{.batch = batch};
  EXPECT_EQ(layer.forward(at::scalar_tensor(3.0), pass).item<double>(), 9.0);
}

TEST(RecomputedLayer, RefusesLayerThatAccumulatesInForward) {
  int forwards = 0;
  EXPECT_THROW(RecomputedLayer(std::make_unique<Square>(forwards, /*accumulates=*/true)), BugError);
}

}  // namespace
}  // namespace trireme::layer
