#include "numerics/tiny_model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "numerics/plain_adamw.h"
#include "support/expect_error.h"
#include "trireme/arch/block_shape.h"
#include "trireme/model/generate.h"

namespace trireme::tests {
namespace {

struct Case {
  std::string name;
  DType dtype;
};

double tolerance(DType dtype) { return dtype == DType::kF64 ? 1e-10 : 1e-5; }

/// Every tiny model of transformers in fp32, and of plain PyTorch in fp64.
class TinyModel : public testing::TestWithParam<Case> {
 protected:
  TinyReference reference_ = read_tiny_reference(GetParam().name);
  DType dtype_ = GetParam().dtype;
  layer::Microbatch batch_ = tiny_batch();

  double mean_loss(model::WholeModel& model) {
    layer::StepSums sums = model::make_step_sums(at::kCPU);
    model.forward_backward(batch_, sums);
    return (sums.loss * batch_.loss_scale).item<double>();
  }
};

TEST_P(TinyModel, LossAndGradients) {
  model::WholeModel model = make_tiny(reference_, dtype_);
  EXPECT_NEAR(mean_loss(model) / reference_.losses(dtype_)[0], 1.0, tolerance(dtype_));
  EXPECT_LE(gradient_error(model.gradients(), reference_, dtype_), tolerance(dtype_));
}

TEST_P(TinyModel, Logits) {
  model::WholeModel model = make_tiny(reference_, dtype_);
  const Tensor logits = model.logits(batch_.tokens, nullptr, /*last_only=*/false);
  const Tensor expected = reference_.tensor("logits", dtype_);
  EXPECT_LE((logits - expected).norm().item<double>(), tolerance(dtype_) * expected.norm().item<double>());
}

TEST_P(TinyModel, FollowsAdamW) {
  model::WholeModel model = make_tiny(reference_, dtype_);
  PlainAdamW optimizer{.rate = 1e-3};
  for (const double expected : reference_.losses(dtype_)) {
    EXPECT_NEAR(mean_loss(model) / expected, 1.0, tolerance(dtype_)) << "step " << optimizer.step_count + 1;
    optimizer.step(model.parameters(), model.gradients());
  }
}

TEST_P(TinyModel, RecomputeChangesNoBit) {
  model::WholeModel plain = make_tiny(reference_, dtype_);
  const double loss = mean_loss(plain);
  for (const arch::Recompute mode : {arch::Recompute::kSelective, arch::Recompute::kFull}) {
    model::WholeModel model = make_tiny(reference_, dtype_, mode);
    EXPECT_EQ(mean_loss(model), loss) << arch::name_of(mode);
    for (const auto& [name, gradient] : model.gradients()) {
      EXPECT_TRUE(gradient.equal(plain.gradients().at(name))) << arch::name_of(mode) << " " << name;
    }
  }
}

TEST_P(TinyModel, GenerationWithCacheEqualsWholeForward) {
  model::WholeModel model = make_tiny(reference_, dtype_);
  if (!arch::block_shape(reference_.config, 0).causal) {
    const std::vector<int64_t> prompt = {1};
    EXPECT_ERROR(ConfigError, "generate takes a decoder", model::generate(model, prompt, {}));
    return;
  }
  const Tensor whole = model.logits(batch_.tokens, nullptr, /*last_only=*/false);
  std::vector<layer::KvCache> caches = model.make_caches(batch_.tokens.size(0));
  std::vector<Tensor> pieces;
  int64_t done = 0;
  for (const int64_t count : {4, 1, 1, 3, 1, 1, 1}) {  // a prompt, single tokens, and a later run of several
    pieces.push_back(model.logits(batch_.tokens.narrow(1, done, count), &caches, /*last_only=*/false));
    done += count;
  }
  const Tensor cached = at::cat(pieces, 1);
  EXPECT_LE((cached - whole).abs().max().item<double>(), tolerance(dtype_) * 10);
}

/// Padding is a document of its own behind the text, which the text does not see.
TEST(TinyEncoders, PaddingChangesNothing) {
  for (const std::string name : {"bert", "megatron_bert", "esm"}) {
    const TinyReference reference = read_tiny_reference(name);
    model::WholeModel model = make_tiny(reference, DType::kF32);
    layer::Microbatch batch = tiny_batch();
    batch.document_starts = at::tensor({0, 12, 20, 24}, at::kLong);
    const Tensor logits = model.logits(batch);
    const Tensor expected = reference.tensor("padded_logits", DType::kF32);
    const Tensor real = expected.ne(0);
    EXPECT_LE((logits * real - expected).norm().item<double>(), 1e-5 * expected.norm().item<double>()) << name;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::string& name : tiny_model_names()) {
    all.push_back({name, DType::kF32});
    all.push_back({name, DType::kF64});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Models, TinyModel, testing::ValuesIn(cases()),
                         [](const auto& info) { return format("{}_{}", info.param.name, name_of(info.param.dtype)); });

}  // namespace
}  // namespace trireme::tests
