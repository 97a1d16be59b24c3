#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "silent_group.h"
#include "trireme/device/memory_count.h"
#include "trireme/engine/counting_allocator.h"
#include "trireme/engine/trainer.h"
#include "trireme/model/build.h"
#include "trireme/plan/plan.h"

namespace trireme {
namespace {

struct Case {
  std::string name;
  int ranks = 1;
  int64_t zero = 0;
  std::string compute = "fp32";
  std::string reduce = "fp32";
  std::string recompute = "none";
  bool tied = true;
  bool reshard = true;
  int64_t vocab = 2048;
  int64_t accumulation = 2;
  bool taught = false;
};

recipe::Recipe recipe_of(const Case& c) {
  recipe::Recipe recipe;
  arch::ModelConfig& model = recipe.model.config;
  model.hidden_size = 256;
  model.intermediate_size = 704;
  model.num_hidden_layers = 5;
  model.num_attention_heads = 4;
  model.num_key_value_heads = 2;
  model.vocab_size = c.vocab;
  model.tie_word_embeddings = c.tied;
  recipe.precision.compute = c.compute;
  recipe.precision.reduce = c.reduce;
  recipe.parallel.zero = c.zero;
  recipe.parallel.reshard_after_forward = c.reshard;
  recipe.train.recompute = c.recompute;
  recipe.train.seq_len = 128;
  // A CPU without bf16 instructions takes long for it.
  recipe.train.micro_batch_size = c.compute == "bf16" ? 1 : 4;
  recipe.train.global_batch_size = recipe.train.micro_batch_size * c.ranks * c.accumulation;
  if (c.taught) {
    recipe.distill.teacher = "seeded";
    recipe.distill.vocabulary = c.vocab;
    recipe.distill.teacher_config = model;
    recipe.distill.teacher_config.num_hidden_layers = 10;
  }
  return recipe;
}

class RandomBatches final : public engine::BatchSource {
 public:
  explicit RandomBatches(const recipe::Recipe& recipe, int64_t count) : recipe_(recipe), count_(count) {}
  std::vector<layer::Microbatch> take(int64_t) override {
    std::vector<layer::Microbatch> batches;
    for (int64_t i = 0; i < count_; ++i) {
      const std::vector<int64_t> shape = {recipe_.train.micro_batch_size, recipe_.train.seq_len};
      const auto tokens = at::randint(recipe_.model.config.vocab_size, shape, at::kLong);
      batches.push_back(engine::make_microbatch(tokens, tokens));
    }
    return batches;
  }

 private:
  const recipe::Recipe& recipe_;
  int64_t count_;
};

/// Null without one.
std::unique_ptr<engine::Teacher> make_teacher(const recipe::Recipe& recipe) {
  const recipe::Distill& distill = recipe.distill;
  if (distill.teacher.empty()) return nullptr;
  model::WholeModel model(arch::describe(distill.teacher_config), {.device = {}, .max_positions = recipe.train.seq_len},
                          *dtype_from_name(recipe.precision.compute));
  model.initialize(2);
  return std::make_unique<engine::Teacher>(distill, std::move(model));
}

/// Peak bytes of one step of the real trainer as one of `c.ranks` ranks.
int64_t count_peak(const Case& c, const recipe::Recipe& recipe) {
  [[maybe_unused]] static const bool counting = (engine::count_cpu_tensors(), true);
  const int64_t before = memory_count().current();
  SilentGroup shard(c.zero == 0 ? 1 : c.ranks), replicate(c.zero == 0 ? c.ranks : 1), batch(c.ranks);
  const arch::Architecture architecture = arch::describe(recipe.model.config);
  auto built = model::build_layers(
      architecture,
      {.recompute = *arch::recompute_from_name(c.recompute), .device = {}, .max_positions = recipe.train.seq_len});
  std::vector<parallel::NamedLayer> layers;
  for (size_t i = 0; i < built.size(); ++i) layers.push_back({architecture.layers[i].name, std::move(built[i])});
  const parallel::ShardOptions options{.zero = static_cast<int>(c.zero),
                                       .reshard_after_forward = c.reshard,
                                       .compute = c.compute == "bf16" ? at::kBFloat16 : at::kFloat,
                                       .reduce = c.reduce == "bf16" ? at::kBFloat16 : at::kFloat};
  engine::Trainer trainer(recipe, std::move(layers), options, {shard, replicate, batch});
  trainer.initialize(1);
  const auto teacher = make_teacher(recipe);
  if (teacher) trainer.learn_from(*teacher);
  RandomBatches batches(recipe, c.accumulation);
  if (options.reduce != options.master()) trainer.step(batches);  // leaves narrow buffers, which later steps find
  memory_count().reset_peak();
  trainer.step(batches);
  return memory_count().peak() - before;
}

class PlanMemory : public testing::TestWithParam<Case> {};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

TEST_P(PlanMemory, PeakIsWithinFivePercentOfTheCountedOne) {
  const Case& c = GetParam();
  const recipe::Recipe recipe = recipe_of(c);
  const plan::Outcome outcome = plan::make_plan(recipe, {.size = c.ranks});
  ASSERT_TRUE(outcome.plan) << outcome.problems.to_string();
  const plan::Memory& planned = outcome.plan->memory;
  const int64_t counted = count_peak(c, recipe);
  std::string detail = "at " + planned.moment + ":";
  for (const auto& [kind, bytes] : plan::by_kind(planned)) detail += format("\n  {} {}", kind, bytes);
  const double ratio = static_cast<double>(planned.total()) / static_cast<double>(counted);
  RecordProperty("planned_over_counted", format_fixed(ratio, 4));
  EXPECT_NEAR(ratio, 1.0, 0.05) << "planned " << planned.total() << ", counted " << counted << ", " << detail;
}

INSTANTIATE_TEST_SUITE_P(
    Modes, PlanMemory,
    testing::Values(
        Case{.name = "one_rank"}, Case{.name = "one_rank_untied", .tied = false}, Case{.name = "ddp", .ranks = 4},
        Case{.name = "zero1", .ranks = 4, .zero = 1}, Case{.name = "zero2", .ranks = 4, .zero = 2},
        Case{.name = "zero3", .ranks = 4, .zero = 3},
        Case{.name = "zero3_untied", .ranks = 4, .zero = 3, .tied = false},
        Case{.name = "zero3_kept", .ranks = 4, .zero = 3, .reshard = false},
        Case{.name = "zero3_large_vocab", .ranks = 4, .zero = 3, .vocab = 32000},
        Case{.name = "zero3_one_microbatch", .ranks = 3, .zero = 3, .accumulation = 1},
        Case{.name = "bf16", .compute = "bf16"}, Case{.name = "bf16_zero1", .ranks = 4, .zero = 1, .compute = "bf16"},
        Case{.name = "bf16_zero3", .ranks = 4, .zero = 3, .compute = "bf16"},
        Case{.name = "ddp_reduced_in_bf16", .ranks = 4, .reduce = "bf16"},
        Case{.name = "zero1_reduced_in_bf16", .ranks = 4, .zero = 1, .reduce = "bf16"},
        Case{.name = "bf16_zero1_reduced_in_bf16", .ranks = 4, .zero = 1, .compute = "bf16", .reduce = "bf16"},
        Case{.name = "bf16_zero3_reduced_in_bf16", .ranks = 4, .zero = 3, .compute = "bf16", .reduce = "bf16"},
        Case{.name = "selective", .recompute = "selective"}, Case{.name = "full", .recompute = "full"},
        Case{.name = "bf16_zero3_full", .ranks = 4, .zero = 3, .compute = "bf16", .recompute = "full"},
        Case{.name = "bf16_selective", .compute = "bf16", .recompute = "selective"},
        Case{.name = "taught", .taught = true},
        Case{.name = "taught_zero3_large_vocab", .ranks = 4, .zero = 3, .vocab = 32000, .taught = true},
        Case{.name = "taught_bf16", .compute = "bf16", .taught = true}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace trireme
