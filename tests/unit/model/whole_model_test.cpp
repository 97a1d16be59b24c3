#include "trireme/model/whole_model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "trireme/arch/activations.h"
#include "trireme/core/error.h"

namespace trireme::model {
namespace {

arch::ModelConfig small_config() {
  arch::ModelConfig config;
  config.hidden_size = 32;
  config.intermediate_size = 48;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.vocab_size = 50;
  config.initializer_range = 0.1;
  return config;
}

WholeModel make_model(DType dtype, arch::ModelConfig config = small_config(), int64_t max_positions = 64) {
  WholeModel model(arch::describe(config), {.device = {}, .max_positions = max_positions}, dtype);
  model.initialize(5);
  return model;
}

layer::Microbatch make_batch(int64_t rows, int64_t length) {
  const Tensor ids = at::arange(rows * (length + 1), at::kLong).mul_(17).remainder_(50).view({rows, length + 1});
  return {.tokens = ids.narrow(1, 0, length).contiguous(),
          .targets = ids.narrow(1, 1, length).contiguous(),
          .positions = row_positions(rows, length, at::kCPU),
          .document_starts = {},
          .loss_scale = at::scalar_tensor(1.0 / static_cast<double>(rows * length), at::kDouble)};
}

double train_once(WholeModel& model, const layer::Microbatch& batch) {
  layer::StepSums sums = make_step_sums(at::kCPU);
  model.forward_backward(batch, sums);
  return sums.loss.item<double>();
}

TEST(WholeModel, EvaluationAndTrainingSeeTheSameLoss) {
  WholeModel model = make_model(DType::kF32);
  const layer::Microbatch batch = make_batch(3, 8);
  layer::StepSums sums = make_step_sums(at::kCPU, 3);
  model.evaluate(batch, sums);
  EXPECT_EQ(sums.loss.item<double>(), train_once(model, batch));
  EXPECT_NEAR(sums.row_loss.sum().item<double>(), sums.loss.item<double>(), 1e-9);
}

TEST(WholeModel, GradientsAddUpOverMicrobatches) {
  WholeModel together = make_model(DType::kF64), apart = make_model(DType::kF64);
  layer::Microbatch batch = make_batch(4, 8);
  train_once(together, batch);
  for (const int64_t row : {0, 2}) {
    layer::Microbatch part = batch;
    for (Tensor* field : {&part.tokens, &part.targets, &part.positions}) *field = field->narrow(0, row, 2).contiguous();
    train_once(apart, part);
  }
  for (const auto& [name, gradient] : together.gradients()) {
    EXPECT_TRUE(at::allclose(apart.gradients().at(name), gradient, 1e-11, 1e-14)) << name;
  }
}

TEST(WholeModel, PackedDocumentsEqualSeparateRows) {
  const layer::Microbatch rows = make_batch(2, 8);
  layer::Microbatch packed = rows;
  for (Tensor* field : {&packed.tokens, &packed.targets, &packed.positions}) *field = field->view({1, 16});
  packed.document_starts = at::tensor({0, 8, 16}, at::kLong);
  WholeModel apart = make_model(DType::kF64), together = make_model(DType::kF64);
  EXPECT_NEAR(train_once(apart, rows), train_once(together, packed), 1e-11);
  for (const auto& [name, gradient] : apart.gradients()) {
    EXPECT_TRUE(at::allclose(together.gradients().at(name), gradient, 1e-10, 1e-13)) << name;
  }
}

TEST(WholeModel, Bf16StaysNearFp32) {
  WholeModel exact = make_model(DType::kF32), rounded = make_model(DType::kBF16);
  const layer::Microbatch batch = make_batch(4, 16);
  EXPECT_NEAR(train_once(rounded, batch) / train_once(exact, batch), 1.0, 2e-3);
  for (const auto& [name, gradient] : exact.gradients()) {
    const Tensor other = rounded.gradients().at(name);
    EXPECT_EQ(other.scalar_type(), at::kFloat);
    EXPECT_LE((other - gradient).norm().item<double>(), 0.05 * gradient.norm().item<double>()) << name;
  }
}

TEST(WholeModel, TwoRunsAreBitwiseEqual) {
  WholeModel first = make_model(DType::kF32), second = make_model(DType::kF32);
  const layer::Microbatch batch = make_batch(2, 16);
  EXPECT_EQ(train_once(first, batch), train_once(second, batch));
  for (const auto& [name, gradient] : first.gradients())
    EXPECT_TRUE(gradient.equal(second.gradients().at(name))) << name;
}

TEST(WholeModel, RefusesMoreTokensThanPositions) {
  WholeModel model = make_model(DType::kF32, small_config(), /*max_positions=*/4);
  EXPECT_THROW(model.logits(at::zeros({1, 5}, at::kLong), nullptr, true), BugError);
}

/// The block keeps exactly what the memory arithmetic counts.
TEST(LlamaBlock, SavesWhatArchLists) {
  const arch::Architecture architecture = arch::describe(small_config());
  for (const auto mode : {arch::Recompute::kNone, arch::Recompute::kSelective, arch::Recompute::kFull}) {
    const auto layers = build_layers(architecture, {.recompute = mode, .device = {}, .max_positions = 8});
    std::vector<Tensor> values;
    for (const arch::ParameterSpec& spec : layers[1]->specs()) values.push_back(at::ones(spec.shape));
    layers[1]->bind(values, std::vector<Tensor>(values.size()));
    const layer::Microbatch batch = make_batch(2, 8);
    layer::Saved saved;
    layer::Pass pass{.batch = batch, .saved = &saved};
    layers[1]->forward(at::ones({2, 8, 32}), pass);

    const auto listed = arch::saved_by_block(architecture.config, mode, DType::kF32);
    ASSERT_EQ(saved.tensors.size(), listed.size());
    for (size_t i = 0; i < listed.size(); ++i) {
      EXPECT_EQ(saved.tensors[i].nbytes(), static_cast<size_t>(16 * listed[i].bytes_per_token())) << listed[i].name;
    }
  }
}

}  // namespace
}  // namespace trireme::model
