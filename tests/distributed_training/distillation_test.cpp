#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distributed_training/expect_traces.h"
#include "support/expect_error.h"
#include "trireme/core/error.h"

namespace trireme::testing {
namespace {

/// A student of the tiny run with fewer layers, and a seeded teacher that is wider and knows four ids more.
struct Lessons {
  TinyRun run;
  recipe::Distill options{.teacher = "somewhere", .vocabulary = 53};
  arch::ModelConfig teacher;

  Lessons() {
    teacher = run.recipe.model.config;
    teacher.hidden_size = 24;
    teacher.head_dim = 12;
    teacher.vocab_size = 57;
    teacher.initializer_range = 0.1;  // with opinions of its own, yet not above the student's reach
    run.recipe.model.config.num_hidden_layers = 2;
  }

  engine::Teacher make_teacher() const {
    model::WholeModel model(arch::describe(teacher), {.device = {}, .max_positions = run.recipe.train.seq_len},
                            DType::kF32);
    model.initialize(/*seed=*/5);
    return engine::Teacher(options, std::move(model));
  }
};

struct Learnt {
  std::vector<double> losses, distill_losses;
  WholeTensors first_gradients;
};

std::unique_ptr<Learnt> learn(const Lessons& lessons, int ranks, const Mode& mode) {
  auto learnt = std::make_unique<Learnt>();
  train_on_ranks(ranks, mode, [&](const mesh::Mesh& mesh) {
    engine::Teacher teacher = lessons.make_teacher();
    const auto trainer = make_trainer(lessons.run, groups_of(mesh), mode);
    trainer->learn_from(teacher);
    CountedBatches batches(lessons.run, mesh.group(mesh::Axis::kBatch));
    for (int64_t i = 0; i < lessons.run.steps; ++i) {
      const engine::StepReport report = trainer->step(batches);
      parallel::HostCopies host;
      if (i == 0) learnt->first_gradients.add(gradient_pieces(trainer->model(), host));
      if (mesh.world().rank() != Rank(0)) continue;
      learnt->losses.push_back(report.loss.item<double>());
      learnt->distill_losses.push_back(report.distill_loss.item<double>());
    }
  });
  return learnt;
}

TEST(Distilling, EveryLayoutFollowsOneRank) {
  Lessons lessons;
  lessons.run.steps = 6;
  const auto expected = learn(lessons, 1, kDdp);
  for (const Mode& mode : {kDdp, kZero1, kZero2, kZero3}) {
    SCOPED_TRACE(mode.name);
    const auto got = learn(lessons, 3, mode);
    expect_losses_near(got->losses, expected->losses, 2e-6);
    expect_losses_near(got->distill_losses, expected->distill_losses, 2e-6);
    expect_near(got->first_gradients, expected->first_gradients, 1e-5);
  }
}

TEST(Distilling, StudentComesCloserToItsTeacher) {
  Lessons lessons;
  lessons.options.weight = 1.0;
  lessons.run.steps = 150;
  const auto learnt = learn(lessons, 1, kDdp);
  EXPECT_GT(learnt->distill_losses.front(), 0.01);
  EXPECT_LT(learnt->distill_losses.back(), 0.5 * learnt->distill_losses.front());
}

TEST(Distilling, WithoutWeightTheTeacherChangesNothing) {
  Lessons lessons;
  lessons.options.weight = 0.0;
  lessons.run.steps = 6;
  const auto taught = learn(lessons, 2, kZero3);
  const auto plain = train(lessons.run, 2, kZero3);
  expect_losses_near(taught->losses, plain->losses, 2e-6);
}

TEST(Distilling, NamesTokenThatTheTeacherLacks) {
  Lessons lessons;
  lessons.teacher.vocab_size = 20;
  lessons.options.vocabulary = 20;
  engine::Teacher teacher = lessons.make_teacher();
  const at::Tensor tokens = at::arange(21).view({1, 21});
  EXPECT_ERROR(
      ConfigError,
      "token id 20 of the data is outside the vocabulary of 20 of the teacher somewhere: distil from a teacher "
      "that reads every id of the data",
      teacher.teach(engine::make_microbatch(tokens, tokens)));
}

}  // namespace
}  // namespace trireme::testing
