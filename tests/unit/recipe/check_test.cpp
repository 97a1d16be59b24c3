#include "trireme/recipe/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "unit/recipe/example.h"

namespace trireme::recipe {
namespace {

std::string problems(const std::vector<std::string>& overrides) {
  return parse_recipe(kExample, "r.toml", overrides).diagnostics.to_string();
}

struct Case {
  std::vector<std::string> overrides;
  std::string message;
};

TEST(Check, NamesEveryProblemOfOneOption) {
  const std::vector<Case> cases = {
      {{"parallel.pp=2"}, "parallel.pp: 2: pipeline parallelism is not built yet; set it to 1"},
      {{"parallel.cp=4"}, "parallel.cp: 4: context parallelism is not built yet; set it to 1"},
      {{"parallel.tp=2"}, "parallel.tp: 2: tensor parallelism is not built yet; set it to 1"},
      {{"parallel.ep=2"}, "parallel.ep: 2: expert parallelism is not built yet; set it to 1"},
      {{"parallel.sequence_parallel=true"}, "sequence parallelism is not built yet; set it to false"},
      {{"parallel.schedule=gpipe"}, "\"gpipe\": pipeline schedules are not built yet; set it to \"1f1b\""},
      {{"parallel.dp_shard=0"}, "parallel.dp_shard: must be at least 1, or -1 for what is left of the world, got 0"},
      {{"parallel.zero=4"}, "parallel.zero: must be between 0 and 3, got 4"},
      {{"parallel.zero=2", "parallel.reshard_after_forward=true"},
       "parallel.reshard_after_forward: is valid only with parallel.zero = 3"},
      {{"model.attention_dropout=0.1"},
       "model.attention_dropout: dropout is not built: only 0 can be trained, got float 0.1"},
      {{"model.dropout=0.1"}, "model.dropout: 0.1: dropout is not built (set it to 0 to train without)"},
      {{"model.hidden_dropout=0.1"}, "model.hidden_dropout: dropout is not built"},
      {{"model.resid_pdrop=1"}, "model.resid_pdrop: dropout is not built"},
      {{"model.hidden_act=relu"}, "model.hidden_act: unknown value \"relu\"; valid are silu, gelu, gelu_new"},
      {{"model.alibi=true"}, "model.alibi: the llama family has no such thing; leave it out"},
      {{"model.model_type=gpt2", "model.num_key_value_heads=2"},
       "model.num_key_value_heads: the gpt2 family has as many as query heads = 4, got 2"},
      {{"model.model_type=bert"}, "model.type_vocab_size: is missing; BERT has 2"},
      {{"model.num_attention_heads=3", "model.num_key_value_heads=3"}, "must divide model.hidden_size = 64, got 3"},
      {{"model.num_key_value_heads=3"}, "model.num_key_value_heads: must divide model.num_attention_heads = 4, got 3"},
      {{"model.head_dim=15"}, "model.head_dim: must be even"},
      {{"model.hidden_size=0"}, "model.hidden_size: is missing"},
      {{"model.rope_scaling.factor=8"}, "model.rope_scaling.factor: is valid only with rope_scaling.rope_type"},
      {{"model.preset=x", "model.from=y"}, "model.preset: given together with model.from; keep one of the two"},
      {{"model.load_weights=false"}, "model.load_weights: is valid only with model.from"},
      {{"lora.rank=4"}, "lora.rank: 4, but there are no trained weights to adapt (set model.from"},
      {{"model.from=x", "lora.rank=4", "lora.alpha=0"}, "lora.alpha: must be above 0, got 0"},
      {{"lora.alpha=8"}, "lora.alpha: is valid only with lora.rank > 0"},
      {{"model.from=x", "lora.rank=4", "lora.dropout=0.1"},
       "lora.dropout: dropout is not built: only 0 can be trained, got float 0.1"},
      {{"data.train=[]"}, "data.train: no token files are given"},
      {{"data.synthetic=true"}, "data.synthetic: true, but data.train names files too; keep one of the two"},
      {{"data.train=[\"0 a\"]"}, "data.train: \"0 a\" is neither \"PREFIX\" nor \"WEIGHT PREFIX\""},
      {{"data.valid=[\"v\"]", "data.valid_fraction=0.1"}, "data.valid_fraction: given together with data.valid"},
      {{"evaluate.every_steps=5"}, "evaluate.every_steps: 5, but there is nothing to evaluate on"},
      {{"optimizer.momentum=0.9"}, "optimizer.momentum: is valid only with optimizer.name = \"sgd\""},
      {{"schedule.name=wsd", "schedule.decay_steps=15", "schedule.warmup_steps=6"},
       "schedule.decay_steps: 15 steps of decay and 6 of warm-up do not fit in 20 steps"},
      {{"schedule.warmup_steps=10", "schedule.decay_steps=5"},
       "schedule.warmup_steps: must be at most 5, where the decay ends, got 10"},
      {{"schedule.warmup_steps=30"}, "schedule.warmup_steps: must be at most 20, where the decay ends, got 30"},
      {{"schedule.name=inverse_sqrt", "schedule.decay_steps=5"},
       "schedule.decay_steps: is valid only with schedule.name = \"linear\", \"cosine\" or \"wsd\""},
      {{"precision.compute=fp64", "precision.reduce=bf16"},
       "precision.reduce: is valid only with precision.compute = \"fp32\" or \"bf16\""},
      {{"system.backend=nccl", "system.device=cpu"}, "system.backend: \"nccl\" moves data between GPUs"},
      {{"system.verify_every_steps=10"},
       "system.verify_every_steps: 10: with zero = 3 and dp_replicate = 1 no two ranks hold the same state"},
      {{"system.verify_every_steps=-1"}, "system.verify_every_steps: must be at least 0, got -1"},
      {{"log.name=.."}, "log.name: must be a plain name, got \"..\""},
      {{"log.folder=\"a\\u0000b\""}, "log.folder: must not hold a NUL character"},
      {{"log.name=a/b"}, "log.name: must be a plain name, got \"a/b\""},
      {{"optimizer.beta2=1.0"}, "optimizer.beta2: must be at least 0 and below 1, got 1"},
      {{"train.micro_batch_size=0"}, "train.micro_batch_size: must be at least 1, got 0"},
      {{"system.timeout_s=0"}, "system.timeout_s: must be above 0, got 0"},
  };
  for (const Case& c : cases) {
    const std::string text = problems(c.overrides);
    EXPECT_NE(text.find(c.message), std::string::npos) << "expected: " << c.message << "\ngot: " << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  }
}

TEST(Check, WarnsWithoutRefusing) {
  const LoadedRecipe loaded =
      parse_recipe(kExample, "r.toml", {"schedule.name=constant", "schedule.warmup_steps=20", "train.seq_len=4096"});
  EXPECT_FALSE(loaded.diagnostics.has_errors());
  const std::string text = loaded.diagnostics.to_string();
  EXPECT_NE(text.find("warning: schedule.warmup_steps: 20 steps of warm-up in a run of 20"), std::string::npos) << text;
  EXPECT_NE(text.find("warning: train.seq_len: 4096 is above model.max_position_embeddings = 2048"), std::string::npos)
      << text;
}

TEST(CheckFiles, NamesEachMissingFileAndTheNextAction) {
  LoadedRecipe loaded =
      parse_recipe(kExample, "r.toml", {"data.train=[\"0.5 nowhere/a\"]", "data.tokenizer=nowhere/t.json"});
  check_files(loaded);
  EXPECT_EQ(loaded.diagnostics.to_string(),
            "--set data.train: error: data.train: there is no file nowhere/a.bin (make it: trireme data prepare "
            "TEXT "
            "--tokenizer TOKENIZER --to nowhere/a)\n"
            "--set data.train: error: data.train: there is no file nowhere/a.idx (make it: trireme data prepare "
            "TEXT "
            "--tokenizer TOKENIZER --to nowhere/a)\n"
            "--set data.tokenizer: error: data.tokenizer: there is no file nowhere/t.json (make it: trireme data "
            "train-tokenizer TEXT --to nowhere/t.json; or use \"bytes\")\n");
}

TEST(CheckFiles, TakesFilesThatAreThere) {
  const fs::path folder = fs::path(testing::TempDir()) / "recipe_check_files";
  fs::create_directories(folder);
  for (const char* name : {"a.bin", "a.idx"}) std::ofstream(folder / name) << "x";
  LoadedRecipe loaded =
      parse_recipe(kExample, "r.toml", {"data.train=" + (folder / "a").string(), "data.tokenizer=bytes"});
  check_files(loaded);
  EXPECT_EQ(loaded.diagnostics.to_string(), "");
}

}  // namespace
}  // namespace trireme::recipe
