#include "distributed_training/family_runs.h"

#include <algorithm>

namespace trireme::testing {

TinyRun run_of(const arch::Family& family) {
  TinyRun run;
  run.steps = 5;
  arch::ModelConfig& model = run.recipe.model.config;
  model.model_type = family.model_type;
  if (family.qkv != arch::QkvLayout::kSeparate) model.num_key_value_heads = 0;
  if (family.model_type == "mpt") model.intermediate_size = 4 * model.hidden_size;
  if (family.model_type == "gpt_neox") model.partial_rotary_factor = 0.4;
  if (family.model_type == "gemma2") model.sliding_window = 5;
  if (family.model_type == "gemma2" || family.model_type == "praxis") {
    model.attn_logit_softcapping = 20;
    model.final_logit_softcapping = 10;
  }
  if (arch::has_module(family.embedding, arch::Module::kTokenTypes)) model.type_vocab_size = 2;
  if (family.model_type == "esm") {
    model.mask_token_id = 7;
    model.token_dropout = true;
  }
  return run;
}

std::string test_name(const arch::Family& family) {
  std::string name(family.model_type);
  std::ranges::replace(name, '-', '_');
  return name;
}

}  // namespace trireme::testing
