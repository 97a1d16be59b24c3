#include "trireme/plan/plan.h"

#include <gtest/gtest.h>

#include "trireme/catalog/model_presets.h"

namespace trireme::plan {
namespace {

recipe::Recipe small() {
  recipe::Recipe recipe;
  recipe.model.config.hidden_size = 64;
  recipe.model.config.intermediate_size = 256;
  recipe.model.config.num_hidden_layers = 4;
  recipe.model.config.num_attention_heads = 4;
  recipe.model.config.vocab_size = 512;
  recipe.train.global_batch_size = 16;
  recipe.train.micro_batch_size = 2;
  recipe.train.seq_len = 32;
  return recipe;
}

Plan must_plan(const recipe::Recipe& recipe, int64_t world) {
  const Outcome outcome = make_plan(recipe, {.size = world});
  if (!outcome.plan) throw std::runtime_error(outcome.problems.to_string());
  return *outcome.plan;
}

/// Whole parameters of `recipe`, padded for `shards` ranks, in fp32 bytes.
int64_t whole_bytes(const Plan& plan) {
  int64_t bytes = 0;
  for (const Unit& unit : plan.units) bytes += 4 * unit.padded_numel();
  return bytes;
}

TEST(Plan, EachZeroLevelShardsOneMoreKind) {
  recipe::Recipe recipe = small();
  const auto at_level = [&](int64_t zero) {
    recipe.parallel.zero = zero;
    return must_plan(recipe, 4);
  };
  const Plan ddp = at_level(0), zero1 = at_level(1), zero2 = at_level(2), zero3 = at_level(3);
  // One dtype: the master shard is a slice of the whole parameters, the reduced one of the whole gradients.
  EXPECT_EQ(ddp.memory.parameters, whole_bytes(ddp));
  EXPECT_EQ(ddp.memory.gradients, whole_bytes(ddp));
  EXPECT_EQ(ddp.memory.optimizer_state, 2 * whole_bytes(ddp));
  EXPECT_EQ(ddp.memory.master_weights, 0);
  EXPECT_EQ(zero1.memory.optimizer_state, 2 * whole_bytes(zero1) / 4);
  EXPECT_EQ(zero1.memory.gradients, whole_bytes(zero1));
  EXPECT_EQ(zero2.memory.gradients, whole_bytes(zero2) / 4);
  EXPECT_EQ(zero2.memory.parameters, whole_bytes(zero2));
  EXPECT_GT(zero2.memory.gradient_buffers, 0);
  EXPECT_EQ(zero3.memory.parameters, 0);
  EXPECT_EQ(zero3.memory.master_weights, whole_bytes(zero3) / 4);
  EXPECT_GT(zero3.memory.gathered, 0);
}

TEST(Plan, Bf16KeepsFp32Masters) {
  recipe::Recipe recipe = small();
  recipe.precision.compute = "bf16";
  recipe.parallel.zero = 1;
  const Plan plan = must_plan(recipe, 4);
  EXPECT_EQ(plan.memory.parameters, whole_bytes(plan) / 2);
  EXPECT_EQ(plan.memory.master_weights, whole_bytes(plan) / 4);
  EXPECT_EQ(plan.memory.gradients, whole_bytes(plan));
}

TEST(Plan, GradientsAreKeptInFp32WhateverTheyAreReducedIn) {
  recipe::Recipe recipe = small();
  recipe.precision.reduce = "bf16";
  for (const int64_t zero : {0, 1}) {
    recipe.parallel.zero = zero;
    const Plan plan = must_plan(recipe, 4);
    EXPECT_EQ(plan.memory.gradients, whole_bytes(plan)) << zero;
    EXPECT_GT(plan.memory.gradient_buffers, 0) << zero;
    const auto gradients = std::find_if(plan.traffic.begin(), plan.traffic.end(),
                                        [](const Traffic& traffic) { return traffic.what == "gradients"; });
    EXPECT_EQ(gradients->payload, whole_bytes(plan) / 2) << zero;
  }
  EXPECT_EQ(must_plan(recipe, 1).memory.gradient_buffers, 0);
}

TEST(Plan, Fp64ReducesInFp64) {
  recipe::Recipe recipe = small();
  recipe.precision.compute = "fp64";
  recipe.parallel.zero = 2;
  const Plan plan = must_plan(recipe, 4);
  EXPECT_EQ(plan.traffic.back().op, "reduce_scatter");
  EXPECT_EQ(plan.traffic.back().payload, 2 * 2 * whole_bytes(plan));  // 8 bytes an element, two microbatches
}

TEST(Plan, GradientsOfReplicasAreSummedInFp32) {
  recipe::Recipe recipe = small();
  recipe.precision.reduce = "bf16";
  recipe.parallel.dp_replicate = 2;
  for (const int64_t zero : {1, 2, 3}) {
    recipe.parallel.zero = zero;
    const Plan plan = must_plan(recipe, 4);
    EXPECT_EQ(plan.traffic.back().axis, "dp_replicate");
    EXPECT_EQ(plan.traffic.back().payload, whole_bytes(plan) / 2) << zero;  // of half the parameters
  }
}

TEST(Plan, TeacherLiesWholeOnEachRank) {
  recipe::Recipe recipe = small();
  const int64_t alone = must_plan(recipe, 4).memory.total();
  recipe.distill.teacher = "teacher";
  recipe.distill.teacher_config = recipe.model.config;
  recipe.distill.teacher_config.num_hidden_layers = 8;
  const Plan plan = must_plan(recipe, 4);
  const int64_t weights = 4 * arch::describe(recipe.distill.teacher_config).num_parameters();
  const int64_t tokens = 2 * 32, hidden = 4 * tokens * 64;
  EXPECT_EQ(plan.memory.teacher, weights + hidden + 4 * tokens * 5 * 512);
  EXPECT_EQ(plan.memory.total(), alone + plan.memory.teacher);
}

TEST(Plan, OneRankShardsNothing) {
  const Plan plan = must_plan(small(), 1);
  EXPECT_EQ(plan.memory.gathered, 0);
  EXPECT_EQ(plan.memory.gradient_buffers, 0);
  EXPECT_TRUE(plan.traffic.empty());
}

TEST(Plan, RecomputeLowersSavedActivations) {
  recipe::Recipe recipe = small();
  const auto saved = [&](const std::string& mode) {
    recipe.train.recompute = mode;
    return must_plan(recipe, 1).memory.activations;
  };
  const int64_t none = saved("none"), selective = saved("selective"), full = saved("full");
  EXPECT_GT(none, selective);
  EXPECT_GT(selective, full);
  const int64_t tokens = 2 * 32, blocks = 4;
  // Three fp32 vectors of the block are made again: both norms' outputs and the product of gate and up.
  EXPECT_EQ(none - selective, blocks * tokens * 4 * (64 + 64 + 256));
  EXPECT_EQ(full, blocks * tokens * 4 * 64);
}

TEST(Plan, EachThreadOfAProcessorHasAChunkOfLogits) {
  recipe::Recipe recipe = small();
  recipe.model.config.vocab_size = 32000;
  recipe.model.config.max_position_embeddings = recipe.train.seq_len = 512;
  const auto workspace = [&](int64_t threads) {
    recipe.system.threads = threads;
    return must_plan(recipe, 1).memory.workspace;
  };
  constexpr int64_t kChunk = 256 * 32000 * 4, kChunks = 4;  // of 2 x 512 tokens
  const int64_t one = workspace(1);
  EXPECT_EQ(workspace(0), one);
  EXPECT_EQ(workspace(2) - one, kChunk);
  EXPECT_EQ(workspace(64) - one, (kChunks - 1) * kChunk);
  recipe.system.device = "cuda";
  EXPECT_EQ(workspace(2), one);
}

TEST(Plan, TrafficIsClosedForm) {
  recipe::Recipe recipe = small();
  recipe.parallel.dp_replicate = 2;
  recipe.parallel.zero = 2;
  recipe.train.global_batch_size = 2 * 8 * 3;  // three microbatches
  const Plan plan = must_plan(recipe, 8);
  const int64_t whole = whole_bytes(plan), units = static_cast<int64_t>(plan.units.size());
  ASSERT_EQ(plan.traffic.size(), 3u);
  EXPECT_EQ(plan.traffic[0].op, "all_gather");
  EXPECT_EQ(plan.traffic[0].payload, whole);  // once a step, after the update
  EXPECT_EQ(plan.traffic[1].op, "reduce_scatter");
  EXPECT_EQ(plan.traffic[1].payload, 3 * whole);  // each microbatch
  EXPECT_EQ(plan.traffic[1].calls, 3 * units);
  EXPECT_EQ(plan.traffic[2].axis, "dp_replicate");
  EXPECT_EQ(plan.traffic[2].payload, whole / 4);  // one shard, once a step
  EXPECT_DOUBLE_EQ(plan.traffic[1].sent(), 3.0 * static_cast<double>(whole) * 3 / 4);
  EXPECT_DOUBLE_EQ(plan.traffic[2].sent(), static_cast<double>(whole) / 4);
}

TEST(Plan, DdpReducesOnceAStep) {
  recipe::Recipe recipe = small();
  recipe.parallel.zero = 0;
  const Plan plan = must_plan(recipe, 4);
  ASSERT_EQ(plan.traffic.size(), 1u);
  EXPECT_EQ(plan.traffic[0].axis, "batch");
  EXPECT_EQ(plan.traffic[0].op, "all_reduce");
  EXPECT_EQ(plan.traffic[0].payload, whole_bytes(plan));
}

TEST(Plan, AllProblemsAtOnce) {
  recipe::Recipe recipe = small();
  recipe.model.config.num_key_value_heads = 3;
  recipe.train.global_batch_size = 10;
  const Outcome outcome = make_plan(recipe, {.size = 4, .local_size = 3});
  EXPECT_FALSE(outcome.plan);
  const std::string text = outcome.problems.to_string();
  EXPECT_EQ(outcome.problems.items().size(), 3u) << text;
  EXPECT_NE(text.find("model.num_key_value_heads"), std::string::npos) << text;
  EXPECT_NE(text.find("nearest valid values: 8 and 16"), std::string::npos) << text;
  EXPECT_NE(text.find("4 ranks do not fill nodes of 3 ranks (nearest valid local sizes: 2 and 4)"), std::string::npos)
      << text;
}

TEST(Plan, VerificationNeedsStateThatRanksRepeat) {
  recipe::Recipe recipe = small();
  recipe.system.verify_every_steps = 5;
  const auto problem = [&](int64_t zero, int64_t replicate, int64_t world) {
    recipe.parallel.zero = zero;
    recipe.parallel.dp_replicate = replicate;
    return find_problems(recipe, {.size = world}).to_string();
  };
  const std::string nothing = "no two ranks hold the same state, so there is nothing to compare";
  EXPECT_NE(problem(0, 1, 1).find("5: with 1 rank and zero = 0 " + nothing), std::string::npos);
  EXPECT_NE(problem(3, 1, 2).find("5: with 2 ranks and zero = 3 " + nothing), std::string::npos);
  for (const int64_t zero : {0, 1, 2}) EXPECT_EQ(problem(zero, 1, 2).find(nothing), std::string::npos) << zero;
  EXPECT_EQ(problem(3, 2, 4).find(nothing), std::string::npos);
}

TEST(Plan, HoldsAtScale) {
  recipe::Recipe recipe;
  recipe.model.config = catalog::preset("llama3.1-405b");
  recipe.precision.compute = "bf16";
  recipe.parallel.dp_replicate = 32;
  recipe.train.seq_len = 8192;
  recipe.train.global_batch_size = 16384;
  recipe.train.recompute = "full";
  const Plan plan = must_plan(recipe, 16384);
  EXPECT_EQ(plan.num_parameters, 405'853'388'800);
  EXPECT_EQ(plan.degrees.dp_shard, 512);
  // fp32 masters, gradients and two moments over 512 ranks: 16 bytes a parameter.
  EXPECT_NEAR(static_cast<double>(plan.memory.persistent()) / (16.0 * 405853388800.0 / 512), 1.0, 1e-3);
}

}  // namespace
}  // namespace trireme::plan
