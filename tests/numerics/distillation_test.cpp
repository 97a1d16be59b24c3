#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "numerics/tiny_model.h"
#include "trireme/core/file.h"

namespace trireme::tests {
namespace {

fs::path fixture(const std::string& name) { return fs::path(TRIREME_SOURCE_DIR) / "tests/numerics/fixtures" / name; }

model::WholeModel make_teacher(const nlohmann::json& of) {
  TinyReference reference = read_tiny_reference(of.at("teacher"));
  reference.config.vocab_size = of.at("teacher_vocab_size");
  return make_tiny(reference, DType::kF64);
}

/// Against plain PyTorch in fp64: reference/make_distillation.py.
TEST(Distillation, LossAndGradientsOfTinyModels) {
  const auto cases = nlohmann::json::parse(read_file(fixture("distillation.json")));
  ASSERT_GE(cases.size(), 3u);
  for (const nlohmann::json& each : cases) {
    const std::string name = each.at("student");
    SCOPED_TRACE(name);
    model::WholeModel teacher = make_teacher(each), student = make_tiny(read_tiny_reference(name), DType::kF64);
    layer::Microbatch batch = tiny_batch();
    batch.distillation = kernels::Distillation{.teacher = teacher.unprojected(batch),
                                               .temperature = each.at("temperature"),
                                               .weight = each.at("weight"),
                                               .vocabulary = each.at("vocabulary")};
    layer::StepSums sums = model::make_step_sums(at::kCPU);
    sums.divergence = at::zeros({}, at::kDouble);
    student.forward_backward(batch, sums);

    const auto mean = [&](const Tensor& sum) { return (sum * batch.loss_scale).item<double>(); };
    EXPECT_NEAR(mean(sums.loss) / each.at("cross_entropy").get<double>(), 1.0, 1e-10);
    EXPECT_NEAR(mean(sums.divergence) / each.at("divergence").get<double>(), 1.0, 1e-10);
    const TinyReference expected{.config = {},
                                 .losses_fp32 = {},
                                 .losses_fp64 = {},
                                 .tensors = formats::SafetensorsFile(fixture("distill_" + name + ".safetensors"))};
    EXPECT_LE(gradient_error(student.gradients(), expected, DType::kF64), 1e-10);
  }
}

TEST(Distillation, OfAModelFromItselfMovesNothing) {
  for (const std::string& name : tiny_model_names()) {
    SCOPED_TRACE(name);
    model::WholeModel model = make_tiny(read_tiny_reference(name), DType::kF32);
    layer::Microbatch batch = tiny_batch();
    batch.distillation =
        kernels::Distillation{.teacher = model.unprojected(batch), .temperature = 2.0, .weight = 1.0, .vocabulary = 37};
    layer::StepSums sums = model::make_step_sums(at::kCPU);
    sums.divergence = at::zeros({}, at::kDouble);
    model.forward_backward(batch, sums);
    EXPECT_EQ(sums.divergence.item<double>(), 0.0);
    EXPECT_GT(sums.loss.item<double>(), 0.0) << "the cross entropy is reported all the same";
    for (const auto& [parameter, gradient] : model.gradients()) {
      EXPECT_EQ(gradient.count_nonzero().item<int64_t>(), 0) << parameter;
    }
  }
}

}  // namespace
}  // namespace trireme::tests
