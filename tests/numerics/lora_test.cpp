#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "numerics/tiny_model.h"
#include "trireme/arch/block_shape.h"

// LoRA on tiny models of every kind: against PEFT (reference/make_tiny_adapters.py), and against the merged model.
namespace trireme::tests {
namespace {

fs::path fixtures() { return fs::path(TRIREME_SOURCE_DIR) / "tests/numerics/fixtures/lora"; }
nlohmann::json adapters() { return nlohmann::json::parse(read_file(fixtures() / "adapters.json")); }

model::WholeModel make_adapted(const std::string& name, DType dtype,
                               arch::Recompute recompute = arch::Recompute::kNone) {
  const nlohmann::json summary = adapters().at(name);
  const arch::Lora lora{summary.at("rank"), summary.at("alpha"), summary.at("targets")};
  model::WholeModel model(arch::describe(read_tiny_reference(name).config, lora),
                          {.recompute = recompute, .device = {}, .max_positions = 64}, dtype);
  fill_tiny(model);
  return model;
}

double loss_of(model::WholeModel& model) {
  const layer::Microbatch batch = tiny_batch();
  layer::StepSums sums = model::make_step_sums(at::kCPU);
  model.forward_backward(batch, sums);
  return (sums.loss * batch.loss_scale).item<double>();
}

/// The names of one adapter's matrices and of the weight they adapt.
struct Names {
  std::string weight, a, b;
  double scale = 0.0;
};

std::vector<Names> adapted_weights(const arch::Architecture& architecture) {
  std::vector<Names> all;
  for (const arch::LayerSpec& layer : architecture.layers) {
    std::map<arch::Module, Names> found;
    for (const arch::ParameterSpec& each : layer.parameters) {
      Names& names = found[each.module];
      if (each.part == arch::Part::kWeight) names.weight = each.name;
      if (each.part == arch::Part::kLoraA) names.a = each.name;
      if (each.part == arch::Part::kLoraB) names.b = each.name;
      names.scale = layer.lora_scale;
    }
    for (const auto& [module, names] : found)
      if (!names.a.empty()) all.push_back(names);
  }
  return all;
}

/// W + scale B A in place of W, everything trained.
model::WholeModel merged(const model::WholeModel& adapted, DType dtype) {
  const arch::Architecture& architecture = adapted.architecture();
  const bool transposed = arch::block_shape(architecture.config, 0).transposed;
  model::WholeModel model(arch::describe(architecture.config), {.device = {}, .max_positions = 64}, dtype);
  for (const auto& [name, value] : model.parameters()) value.copy_(adapted.parameters().at(name));
  for (const Names& names : adapted_weights(architecture)) {
    const Tensor product = names.scale * at::matmul(adapted.parameters().at(names.b), adapted.parameters().at(names.a));
    model.parameters().at(names.weight).add_(transposed ? product.t() : product);
  }
  return model;
}

class LoraModel : public testing::TestWithParam<std::string> {};

TEST_P(LoraModel, LogitsLossAndGradientsArePeftS) {
  model::WholeModel model = make_adapted(GetParam(), DType::kF32);
  const TinyReference reference{read_tiny_reference(GetParam()).config,
                                {},
                                {},
                                formats::SafetensorsFile(fixtures() / (GetParam() + ".safetensors"))};
  const Tensor expected = reference.tensor("logits", DType::kF32);
  EXPECT_LE((model.logits(tiny_batch()) - expected).norm().item<double>(), 1e-5 * expected.norm().item<double>());
  EXPECT_NEAR(loss_of(model) / adapters().at(GetParam()).at("loss").get<double>(), 1.0, 1e-5);
  EXPECT_EQ(model.gradients().size() + 1, reference.tensors.tensors().size());  // beside the logits
  EXPECT_LE(gradient_error(model.gradients(), reference, DType::kF32), 1e-5);
}

TEST_P(LoraModel, MergedModelGivesEqualLogits) {
  for (const auto& [dtype, tolerance] : {std::pair(DType::kF32, 1e-6), {DType::kF64, 1e-13}}) {
    model::WholeModel adapted = make_adapted(GetParam(), dtype);
    model::WholeModel whole = merged(adapted, dtype);
    const Tensor expected = whole.logits(tiny_batch());
    const double error = (adapted.logits(tiny_batch()) - expected).norm().item<double>();
    EXPECT_LE(error, tolerance * expected.norm().item<double>());
  }
}

/// dA = scale B^T dW and dB = scale dW A^T, with dW the merged model's, which other tests hold to PyTorch's.
TEST_P(LoraModel, GradientsAreThoseOfTheMergedModelProjected) {
  model::WholeModel adapted = make_adapted(GetParam(), DType::kF64);
  model::WholeModel whole = merged(adapted, DType::kF64);
  EXPECT_NEAR(loss_of(adapted), loss_of(whole), 1e-12);
  const bool transposed = arch::block_shape(adapted.architecture().config, 0).transposed;
  for (const Names& names : adapted_weights(adapted.architecture())) {
    const Tensor stored = whole.gradients().at(names.weight);
    const Tensor dw = names.scale * (transposed ? stored.t() : stored);
    const Tensor &a = adapted.parameters().at(names.a), &b = adapted.parameters().at(names.b);
    EXPECT_TRUE(at::allclose(adapted.gradients().at(names.a), at::matmul(b.t(), dw), 1e-10, 1e-12)) << names.a;
    EXPECT_TRUE(at::allclose(adapted.gradients().at(names.b), at::matmul(dw, a.t()), 1e-10, 1e-12)) << names.b;
  }
}

TEST_P(LoraModel, RecomputeChangesNoBit) {
  model::WholeModel plain = make_adapted(GetParam(), DType::kF32);
  const double loss = loss_of(plain);
  for (const arch::Recompute mode : {arch::Recompute::kSelective, arch::Recompute::kFull}) {
    model::WholeModel model = make_adapted(GetParam(), DType::kF32, mode);
    EXPECT_EQ(loss_of(model), loss);
    for (const auto& [name, gradient] : model.gradients()) EXPECT_TRUE(gradient.equal(plain.gradients().at(name)));
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  const nlohmann::json summary = adapters();
  for (const auto& [name, value] : summary.items()) all.push_back(name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Models, LoraModel, testing::ValuesIn(names()), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace trireme::tests
