#include "trireme/optim/optimizer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "trireme/core/error.h"
#include "trireme/optim/decay_groups.h"

namespace trireme::optim {
namespace {

using Values = std::vector<double>;

/// Where torch.optim (2.13, fp64) stands after each of three steps from kStart with gradient(1), gradient(2),
/// gradient(3).
const Values kStart = {0.5, -1.25, 2.0, 0.0, -0.75};
const std::vector<Values> kAdamW = {{0.489500001, -1.2387500005, 1.998, -0.00999999966667, -0.73925000025},
                                    {0.479430642906, -1.227511251, 1.98865240203, -0.0199899993337, -0.728930891706},
                                    {0.469506114191, -1.21628374025, 1.97854033037, -0.029970009001, -0.718756862418}};
const std::vector<Values> kAdamWithoutDecay = {
    {0.490000001, -1.2400000005, 2.0, -0.00999999966667, -0.74000000025},
    {0.480420142907, -1.230000001, 1.99265040203, -0.0199999993333, -0.730420141706},
    {0.470975044835, -1.2200000015, 1.98452698277, -0.029999999, -0.72097504331}};
const std::vector<Values> kSgdWithMomentum = {
    {0.4985, -1.24675, 1.998, -0.003, -0.74525},
    {0.4946515, -1.24057825, 1.993702, -0.008697, -0.73222975},
    {0.4876931985, -1.23178309675, 1.986840098, -0.016815603, -0.70777929525}};
const std::vector<Values> kPlainSgd = {{0.499, -1.248, 2.0, -0.003, -0.746},
                                       {0.497, -1.246, 1.9995, -0.006, -0.738},
                                       {0.494, -1.244, 1.9985, -0.009, -0.726}};

Values gradient(int step) { return {0.1 * step, -0.2, 0.05 * (step - 1), 0.3, -0.4 * step}; }

/// One parameter of five elements, at the start of a padded shard.
struct Fixture {
  explicit Fixture(at::ScalarType dtype, std::vector<int64_t> shape = {5, 1}) {
    spec.name = "w";
    spec.shape = std::move(shape);
    shard.value = at::zeros({8}, dtype);
    shard.gradient = at::zeros({8}, dtype);
    shard.runs = {{&spec, 0, 5, 0}};
    parameter().copy_(at::tensor(kStart));
  }
  at::Tensor parameter() const { return shard.value.narrow(0, 0, 5); }
  void step(Optimizer& optimizer, const Values& values, double rate = 1e-2, double skip = 0.0,
            at::Tensor divisor = {}) const {
    shard.gradient.narrow(0, 0, 5).copy_(at::tensor(values));
    optimizer.step({.learning_rate = at::full({}, rate, at::kFloat),
                    .gradient_divisor = std::move(divisor),
                    .skip = at::full({}, skip, at::kFloat)});
  }
  double error(const Values& expected) const {
    return (parameter().to(at::kDouble) - at::tensor(expected, at::kDouble)).abs().max().item<double>();
  }
  arch::ParameterSpec spec;
  parallel::FlatShard shard;
};

recipe::Optimizer options(const std::string& name, double decay, double momentum = 0.0) {
  recipe::Optimizer made;
  made.name = name;
  made.weight_decay = decay;
  made.momentum = momentum;
  return made;
}

void expect_follows(const recipe::Optimizer& options, const std::vector<Values>& reference, at::ScalarType dtype,
                    double tolerance) {
  const Fixture fixture(dtype);
  const auto optimizer = make_optimizer(options, {fixture.shard});
  for (int i = 0; i < 3; ++i) {
    fixture.step(*optimizer, gradient(i + 1));
    EXPECT_LT(fixture.error(reference[static_cast<size_t>(i)]), tolerance) << "step " << i + 1;
  }
  EXPECT_EQ(fixture.shard.value.narrow(0, 5, 3).abs().sum().item<double>(), 0.0) << "padding moved";
}

TEST(Optimizer, FollowsTorch) {
  // The learning rate travels as fp32, 6e-8 relative.
  expect_follows(options("adamw", 0.1), kAdamW, at::kDouble, 1e-8);
  expect_follows(options("adamw", 0.1), kAdamW, at::kFloat, 1e-6);
  expect_follows(options("adamw", 0.0), kAdamWithoutDecay, at::kDouble, 1e-8);
  expect_follows(options("sgd", 0.1, 0.9), kSgdWithMomentum, at::kDouble, 1e-8);
  expect_follows(options("sgd", 0.0), kPlainSgd, at::kFloat, 1e-6);
}

TEST(Optimizer, LeavesVectorsOutOfTheDecayUnlessAsked) {
  auto adamw = options("adamw", 0.1);
  const Fixture norm(at::kDouble, {5});
  norm.step(*make_optimizer(adamw, {norm.shard}), gradient(1));
  EXPECT_LT(norm.error(kAdamWithoutDecay[0]), 1e-8);
  adamw.decay_norms = true;
  const Fixture decayed(at::kDouble, {5});
  decayed.step(*make_optimizer(adamw, {decayed.shard}), gradient(1));
  EXPECT_LT(decayed.error(kAdamW[0]), 1e-8);
}

TEST(Optimizer, ASkippedStepChangesNothingAndIsNotCounted) {
  for (const char* name : {"adamw", "sgd"}) {
    const Fixture skipping(at::kDouble), plain(at::kDouble);
    const auto one = make_optimizer(options(name, 0.1, 0.9), {skipping.shard});
    const auto other = make_optimizer(options(name, 0.1, 0.9), {plain.shard});
    skipping.step(*one, gradient(1));
    const at::Tensor before = skipping.parameter().clone();
    skipping.step(*one, {NAN, 1.0, 1.0, INFINITY, 1.0}, 1e-2, /*skip=*/1.0);
    EXPECT_TRUE(skipping.parameter().equal(before)) << name;
    skipping.step(*one, gradient(2));
    plain.step(*other, gradient(1));
    plain.step(*other, gradient(2));
    EXPECT_TRUE(skipping.parameter().equal(plain.parameter())) << name;
  }
}

TEST(Optimizer, DividesGradientsByTheClip) {
  const Fixture fixture(at::kDouble);
  Values large = gradient(1);
  for (double& value : large) value *= 4.0;
  fixture.step(*make_optimizer(options("sgd", 0.0), {fixture.shard}), large, 1e-2, 0.0, at::full({}, 4.0, at::kFloat));
  EXPECT_LT(fixture.error(kPlainSgd[0]), 1e-8);
}

TEST(Optimizer, NamesItsStateAfterTheParameter) {
  const Fixture fixture(at::kFloat);
  const auto optimizer = make_optimizer(options("adamw", 0.1), {fixture.shard});
  fixture.step(*optimizer, gradient(1));
  parallel::HostCopies host;
  const auto pieces = optimizer->state_pieces(host);
  ASSERT_EQ(pieces.size(), 3u);
  EXPECT_EQ(pieces[0].name, "w.exp_avg");
  EXPECT_EQ(pieces[0].bytes.size(), 5 * sizeof(float));
  EXPECT_NEAR(reinterpret_cast<const float*>(pieces[0].bytes.data())[4], -0.04f, 1e-7f);
  EXPECT_EQ(pieces[1].name, "w.exp_avg_sq");
  EXPECT_EQ(pieces[2].name, "optimizer.updates");
  EXPECT_EQ(*reinterpret_cast<const float*>(pieces[2].bytes.data()), 1.0f);
}

TEST(Optimizer, RefusesAnUnknownName) {
  try {
    make_optimizer(options("adam", 0.1), {});
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "optimizer.name: 'adam' is none of adamw, sgd");
  }
}

TEST(DecayGroups, SplitAShardWhereTheDecayChanges) {
  arch::ParameterSpec matrix, norm, embedding;
  matrix.name = "w", matrix.shape = {2, 3};
  norm.name = "norm", norm.shape = {4};
  embedding.name = "model.embed_tokens.weight", embedding.shape = {4, 2};
  parallel::FlatShard shard;
  shard.value = at::arange(32, at::kFloat);
  shard.gradient = at::zeros({32});
  shard.runs = {{&matrix, 0, 6, 0}, {&norm, 0, 4, 8}, {&embedding, 0, 8, 16}, {&matrix, 0, 6, 24}};
  auto exclusions = options("adamw", 0.1);
  exclusions.decay_embeddings = false;
  const auto groups = decay_groups({shard}, {}, exclusions);
  ASSERT_EQ(groups[0].values.size(), 2u);
  EXPECT_EQ(groups[0].weight_decay, 0.1);
  EXPECT_EQ(groups[0].values[0].numel(), 6);
  EXPECT_EQ(groups[0].values[1][-1].item<float>(), 29.0f);
  ASSERT_EQ(groups[1].values.size(), 1u);
  EXPECT_EQ(groups[1].weight_decay, 0.0);
  EXPECT_EQ(groups[1].values[0][-1].item<float>(), 23.0f);
}

}  // namespace
}  // namespace trireme::optim
