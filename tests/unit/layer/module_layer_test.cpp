#include "trireme/layer/module_layer.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "support/expect_error.h"
#include "trireme/core/error.h"
#include "trireme/layer/loss_layer.h"

namespace trireme::layer {
namespace {

namespace nn = torch::nn;

/// Buffers as a unit would hand them out, at new addresses in each round.
struct Bound {
  explicit Bound(ModuleLayer& layer, const std::vector<Tensor>& initial) : layer_(layer) {
    for (const Tensor& value : initial) {
      values_.push_back(value.clone());
      gradients_.push_back(at::zeros_like(value));
    }
  }
  void bind() { layer_.bind(values_, gradients_); }
  /// Takes the buffers back and overwrites them; the next bind() hands out others with the same values.
  void move() {
    const std::vector<Tensor> none(values_.size());
    layer_.bind(none, none);
    for (Tensor& value : values_) {
      const Tensor elsewhere = value.clone();
      value.fill_(NAN);
      old_.push_back(std::exchange(value, elsewhere));
    }
  }
  const Tensor& gradient(size_t i) const { return gradients_[i]; }

 private:
  ModuleLayer& layer_;
  std::vector<Tensor> values_, gradients_, old_;
};

std::unique_ptr<ModuleLayer> one_layer(NamedModule named) { return std::move(module_layers({std::move(named)}).at(0)); }

Microbatch training_batch() {
  Microbatch batch;
  batch.loss_scale = at::ones({}, at::kDouble);
  return batch;
}

/// Forward and backward of `module` as a layer, twice with memory that moves, against plain autograd in fp64.
void expect_autograd(std::shared_ptr<nn::Module> module, std::function<Tensor(const Tensor&)> function,
                     const Tensor& x) {
  module->to(torch::kDouble);
  const Tensor leaf = x.detach().clone().requires_grad_();
  const Tensor y = function(leaf);
  const Tensor dy = torch::randn_like(y);
  std::vector<Tensor> inputs = module->parameters();
  inputs.push_back(leaf);
  const auto expected = torch::autograd::grad({y}, inputs, {dy});

  auto layer = one_layer({"m", module, [&](const Tensor& input, const Microbatch&) { return function(input); }});
  Bound bound(*layer, layer->initial_values());
  const Microbatch batch = training_batch();
  for (int round = 1; round <= 2; ++round) {  // gradients accumulate
    Saved saved;
    Pass pass{.batch = batch, .saved = &saved};
    bound.bind();
    const Tensor z = layer->forward(x, pass);
    EXPECT_FALSE(z.requires_grad());
    EXPECT_TRUE(z.equal(y.detach()));
    bound.move();
    bound.bind();
    ImmediateWeightGrads weight_grads;
    const Tensor dx = layer->backward(dy, pass, weight_grads);
    EXPECT_TRUE(saved.tensors.empty());
    EXPECT_TRUE(dx.equal(expected.back()));
    for (size_t i = 0; i + 1 < expected.size(); ++i)
      EXPECT_TRUE(at::allclose(bound.gradient(i), round * expected[i], 1e-12, 1e-14)) << layer->specs()[i].name;
  }
}

TEST(ModuleLayer, LinearEqualsAutograd) {
  nn::Linear linear(5, 3);
  expect_autograd(
      linear.ptr(), [linear](const Tensor& x) mutable { return torch::relu(linear(x)); },
      torch::randn({7, 5}, torch::kDouble));
}

TEST(ModuleLayer, ConvolutionAndNormEqualAutograd) {
  nn::Sequential stack(nn::Conv2d(nn::Conv2dOptions(2, 6, 3).padding(1)), nn::GroupNorm(3, 6), nn::GELU());
  expect_autograd(
      stack.ptr(), [stack](const Tensor& x) mutable { return stack->forward(x); },
      torch::randn({3, 2, 5, 4}, torch::kDouble));
}

TEST(ModuleLayer, LayerNormEqualsAutograd) {
  nn::LayerNorm norm(nn::LayerNormOptions({6}));
  expect_autograd(
      norm.ptr(), [norm](const Tensor& x) mutable { return norm(x); }, torch::randn({4, 6}, torch::kDouble));
}

TEST(ModuleLayer, ParameterThatIsUsedTwiceAndViewedEqualsAutograd) {
  nn::Linear linear(4, 4);
  expect_autograd(
      linear.ptr(),
      [linear](const Tensor& x) mutable {
        return linear(x).matmul(linear->weight.t().slice(1, 1)) + linear->bias.view({2, 2}).sum();
      },
      torch::randn({3, 4}, torch::kDouble));
}

TEST(ModuleLayer, FirstLayerReadsTokensAndHasNoGradientOfThem) {
  nn::Embedding table(11, 3);
  auto layer =
      one_layer({"embed", table.ptr(), [table](const Tensor& x, const Microbatch&) mutable { return table(x); }});
  Bound bound(*layer, layer->initial_values());
  Microbatch batch = training_batch();
  batch.tokens = at::tensor({1, 4, 4}, at::kLong);
  Saved saved;
  Pass pass{.batch = batch, .saved = &saved};
  bound.bind();
  layer->forward(Tensor(), pass);
  ImmediateWeightGrads weight_grads;
  EXPECT_FALSE(layer->backward(at::ones({3, 3}), pass, weight_grads).defined());
  EXPECT_TRUE(bound.gradient(0).sum(1).equal(at::tensor({0., 3., 0., 0., 6., 0., 0., 0., 0., 0., 0.}, at::kFloat)));
}

TEST(ModuleLayer, TrainingModeFollowsTheBatch) {
  nn::Linear linear(2, 2);
  nn::Dropout dropout(0.5);
  struct Both : nn::Module {
    Both(nn::Linear a, nn::Dropout b) { register_module("a", a), register_module("b", b); }
  };
  const auto both = std::make_shared<Both>(linear, dropout);
  auto layer =
      one_layer({"both", both, [=](const Tensor& x, const Microbatch&) mutable { return dropout(linear(x)); }});
  Bound bound(*layer, layer->initial_values());
  bound.bind();
  Microbatch batch = training_batch();
  Saved saved;
  Pass training{.batch = batch, .saved = &saved};
  layer->forward(at::ones({1, 2}), training);
  EXPECT_TRUE(dropout->is_training());
  const Microbatch evaluated;
  Pass evaluating{.batch = evaluated};
  EXPECT_FALSE(layer->forward(at::ones({1, 2}), evaluating).requires_grad());
  EXPECT_FALSE(dropout->is_training());
}

/// A linear without bias whose weight is another module's tensor.
struct TiedHead : nn::Module {
  explicit TiedHead(const Tensor& shared) { weight = register_parameter("weight", shared); }
  Tensor weight;
};

TEST(ModuleLayer, TensorOfTwoModulesIsOneParameter) {
  nn::Embedding table(5, 3);
  const auto head = std::make_shared<TiedHead>(table->weight);
  const auto identity = [](const Tensor& x, const Microbatch&) { return x; };
  const auto layers = module_layers({{"embed", table.ptr(), identity}, {"head", head, identity}});
  EXPECT_EQ(layers[0]->specs()[0].name, "embed.weight");
  EXPECT_EQ(layers[1]->specs()[0].name, "embed.weight");
}

NamedModule linear_with(std::function<Tensor(const Tensor&, const Microbatch&)> forward) {
  return {"lin", nn::Linear(2, 2).ptr(), std::move(forward)};
}

TEST(ModuleLayer, RefusesWhatCannotBeTrained) {
  const auto identity = [](const Tensor& x, const Microbatch&) { return x; };
  const auto frozen = nn::Linear(2, 2);
  frozen->weight.set_requires_grad(false);
  struct Whole : nn::Module {
    Whole() { register_parameter("ids", at::ones({2}, at::kLong), /*requires_grad=*/false); }
  };
  EXPECT_ERROR(ConfigError, "a module has no name", module_layers({{"", nn::Linear(2, 2).ptr(), identity}}));
  EXPECT_ERROR(ConfigError, "module lin is listed twice",
               module_layers({linear_with(identity), linear_with(identity)}));
  EXPECT_ERROR(ConfigError, "module lin has no callable", module_layers({linear_with({})}));
  EXPECT_ERROR(ConfigError, "module relu has no parameters", module_layers({{"relu", nn::ReLU().ptr(), identity}}));
  EXPECT_ERROR(ConfigError, "module none has no parameters", module_layers({{"none", nullptr, identity}}));
  EXPECT_ERROR(ConfigError, "module norm has a buffer, running_mean",
               module_layers({{"norm", nn::BatchNorm1d(2).ptr(), identity}}));
  EXPECT_ERROR(ConfigError, "lin.weight is frozen", module_layers({{"lin", frozen.ptr(), identity}}));
  EXPECT_ERROR(ConfigError, "w.ids is Long; parameters must be floating point",
               module_layers({{"w", std::make_shared<Whole>(), identity}}));
}

/// What a training call of a module with this callable throws.
std::string error_of(std::function<Tensor(const Tensor&, const Microbatch&)> forward) {
  auto layer = one_layer(linear_with(std::move(forward)));
  Bound bound(*layer, layer->initial_values());
  bound.bind();
  const Microbatch batch = training_batch();
  Saved saved;
  Pass pass{.batch = batch, .saved = &saved};
  return test::message_of<ConfigError>([&] { layer->forward(at::ones({1, 2}), pass); });
}

TEST(ModuleLayer, NamesTheModuleWhoseCallableIsWrong) {
  EXPECT_EQ(error_of([](const Tensor&, const Microbatch&) { return Tensor(); }),
            "module lin returned no tensor; return its result");
  test::expect_contains(error_of([](const Tensor& x, const Microbatch&) { return x.argmax(1); }),
                        "module lin returned a tensor of Long; gradients need floating point");
  test::expect_contains(error_of([](const Tensor& x, const Microbatch&) { return x.detach() * 2; }),
                        "module lin returned a tensor that depends on neither its input nor its parameters");
  test::expect_contains(error_of([](const Tensor& x, const Microbatch&) {
                          return x.matmul(at::ones({3, 3}));
                        }),
                        "module lin failed: mat1 and mat2 shapes cannot be multiplied");
  test::expect_contains(
      error_of([](const Tensor&, const Microbatch&) -> Tensor { throw std::runtime_error("no such file"); }),
      "module lin failed: no such file");
}

TEST(ModuleLayer, ParametersOfAnotherModuleAreAbsentWhileItIsNotBound) {
  nn::Linear other(2, 2);
  auto layer =
      one_layer({"other", other.ptr(), [other](const Tensor& x, const Microbatch&) mutable { return other(x); }});
  Bound bound(*layer, layer->initial_values());
  bound.bind();
  bound.move();
  test::expect_contains(error_of([other](const Tensor& x, const Microbatch&) mutable { return other(x); }),
                        "module lin failed: ");
}

TEST(LossLayer, AddsTheSumAndScalesItsGradient) {
  LossLayer layer([](const Tensor& y, const Microbatch& batch) { return (y - batch.targets).square().sum(); });
  Microbatch batch;
  batch.targets = at::zeros({2});
  batch.loss_scale = at::full({}, 0.5, at::kDouble);
  Saved saved;
  StepSums sums{at::zeros({}, at::kDouble), {}};
  Pass pass{.batch = batch, .saved = &saved, .cache = nullptr, .sums = &sums};
  EXPECT_FALSE(layer.forward(at::tensor({1.f, 3.f}), pass).defined());
  EXPECT_EQ(sums.loss.item<double>(), 10.0);
  ImmediateWeightGrads weight_grads;
  EXPECT_TRUE(layer.backward(Tensor(), pass, weight_grads).equal(at::tensor({1.f, 3.f})));
  Pass predicting{.batch = batch};
  EXPECT_TRUE(layer.forward(at::tensor({1.f, 3.f}), predicting).equal(at::tensor({1.f, 3.f})));
}

TEST(LossLayer, RefusesALossForEachRow) {
  LossLayer layer([](const Tensor& y, const Microbatch&) { return y.sum(1); });
  const Microbatch batch = training_batch();
  StepSums sums{at::zeros({}, at::kDouble), {}};
  Pass pass{.batch = batch, .saved = nullptr, .cache = nullptr, .sums = &sums};
  EXPECT_ERROR(ConfigError, "the loss function returned 4 numbers, not one", layer.forward(at::ones({4, 2}), pass));
}

}  // namespace
}  // namespace trireme::layer
