#include "trireme/recipe/check.h"

#include "trireme/arch/families/family.h"
#include "trireme/arch/validate.h"
#include "trireme/core/format.h"
#include "trireme/core/plain_name.h"
#include "trireme/recipe/weighted_path.h"

namespace trireme::recipe {

namespace {

/// Axes and options of [parallel] that a recipe may name before they exist.
void check_parallel(const Parallel& parallel, Findings& findings) {
  struct Axis {
    const char* name;
    int64_t degree;
    const char* meaning;
  };
  for (const auto& [name, degree, meaning] : {Axis{"pp", parallel.pp, "pipeline"}, Axis{"cp", parallel.cp, "context"},
                                              Axis{"tp", parallel.tp, "tensor"}, Axis{"ep", parallel.ep, "expert"}}) {
    if (degree == 1) continue;
    findings.error(format("parallel.{}", name),
                   format("{}: {} parallelism is not built yet; set it to 1", degree, meaning));
  }
  if (parallel.sequence_parallel) {
    findings.error("parallel.sequence_parallel", "true: sequence parallelism is not built yet; set it to false");
  }
  if (parallel.schedule != "1f1b") {
    findings.error("parallel.schedule",
                   format("\"{}\": pipeline schedules are not built yet; set it to \"1f1b\"", parallel.schedule));
  }
  if (parallel.dp_shard == 0) {
    findings.error("parallel.dp_shard", "must be at least 1, or -1 for what is left of the world, got 0");
  }
}

void check_schedule(const Recipe& recipe, Findings& findings) {
  const auto& [name, warmup, decay_steps, min_ratio] = recipe.schedule;
  const int64_t steps = recipe.train.steps;
  if (name == "wsd") {
    const int64_t decay = decay_steps > 0 ? decay_steps : steps / 10;
    if (warmup + decay <= steps) return;
    findings.error("schedule.decay_steps",
                   format("{} steps of decay and {} of warm-up do not fit in {} steps", decay, warmup, steps));
  } else if (name == "linear" || name == "cosine") {
    const int64_t end = decay_steps > 0 ? decay_steps : steps;
    if (warmup <= end) return;
    findings.error("schedule.warmup_steps", format("must be at most {}, where the decay ends, got {}", end, warmup),
                   decay_steps > 0 ? "" : "train.steps ends the decay unless schedule.decay_steps does");
  } else if (warmup >= steps) {
    findings.warning("schedule.warmup_steps",
                     format("{} steps of warm-up in a run of {}: the peak is never reached", warmup, steps));
  }
}

void check_sources(const std::string& key, const std::vector<std::string>& sources, Findings& findings) {
  for (const std::string& source : sources) {
    if (parse_weighted_path(source)) continue;
    findings.error(key, format("\"{}\" is neither \"PREFIX\" nor \"WEIGHT PREFIX\" with a weight above 0", source));
  }
}

void check_data(const Recipe& recipe, Findings& findings) {
  const Data& data = recipe.data;
  check_sources("data.train", data.train, findings);
  check_sources("data.valid", data.valid, findings);
  if (data.train.empty() && !data.synthetic) {
    findings.error("data.train", "no token files are given",
                   "make them with `trireme data prepare`, or set data.synthetic = true");
  }
  if (data.synthetic && !data.train.empty()) {
    findings.error("data.synthetic", "true, but data.train names files too; keep one of the two");
  }
  if (!data.valid.empty() && data.valid_fraction > 0) {
    findings.error("data.valid_fraction", "given together with data.valid; keep one of the two");
  }
  const bool has_valid = data.synthetic || !data.valid.empty() || data.valid_fraction > 0;
  if (recipe.evaluate.every_steps > 0 && !has_valid) {
    findings.error("evaluate.every_steps",
                   format("{}, but there is nothing to evaluate on", recipe.evaluate.every_steps),
                   "set data.valid or data.valid_fraction");
  }
}

/// Where weights come from.
void check_start(const Recipe& recipe, Findings& findings) {
  if (!recipe.model.preset.empty() && !recipe.model.from.empty()) {
    findings.error("model.preset", "given together with model.from; keep one of the two");
  }
  if (recipe.lora.on() && (recipe.model.from.empty() || !recipe.model.load_weights)) {
    findings.error("lora.rank", format("{}, but there are no trained weights to adapt", recipe.lora.rank),
                   "set model.from, with model.load_weights = true");
  }
}

void check_system(const Recipe& recipe, Findings& findings) {
  if (recipe.system.backend == "nccl" && recipe.system.device == "cpu") {
    findings.error("system.backend", "\"nccl\" moves data between GPUs, but system.device = \"cpu\"");
  }
  // Whatever the world; plan::find_problems judges what depends on its size.
  if (recipe.system.verify_every_steps > 0 && recipe.parallel.zero == 3 && recipe.parallel.dp_replicate == 1) {
    findings.error(
        "system.verify_every_steps",
        format("{}: with zero = 3 and dp_replicate = 1 no two ranks hold the same state, so there is nothing "
               "to compare",
               recipe.system.verify_every_steps),
        "set it to 0, or parallel.dp_replicate to 2 or more");
  }
  const std::string& name = recipe.log.name;
  if (!name.empty() && !is_plain_name(name)) {
    findings.error("log.name", format("must be a plain name, got \"{}\"", name), "log.folder holds the path");
  }
}

}  // namespace

void Findings::error(const std::string& key, const std::string& message, const std::string& hint) {
  loaded_.diagnostics.error(key, message, hint, config::origin_of(loaded_.origins, key));
}

void Findings::warning(const std::string& key, const std::string& message, const std::string& hint) {
  loaded_.diagnostics.warning(key, message, hint, config::origin_of(loaded_.origins, key));
}

void check_options(LoadedRecipe& loaded, Scope scope) {
  const Recipe& recipe = loaded.recipe;
  Findings findings(loaded);
  if (scope == Scope::kWhole) check_start(recipe, findings);
  check_parallel(recipe.parallel, findings);
  check_schedule(recipe, findings);
  if (scope == Scope::kWhole) check_data(recipe, findings);
  check_system(recipe, findings);
}

namespace {

/// What the family asks of the rest of the recipe.
void check_family(const Recipe& recipe, Findings& findings) {
  const arch::ModelConfig& config = recipe.model.config;
  const arch::Family& family = arch::family_of(config);
  if (config.dropout > 0) {
    findings.error("model.dropout", format("{}: dropout is not built", config.dropout), "set it to 0 to train without");
  }
  if (!family.causal && config.masked_lm_head && config.mask_token_id < 0 && recipe.data.tokenizer.empty()) {
    findings.error("model.mask_token_id", format("is missing: a {} model learns from masked tokens", config.model_type),
                   "give it, or data.tokenizer with a mask token");
  }
  if (!config.masked_lm_head) {
    findings.error("model.masked_lm_head", "false: a bare encoder has no loss to train on");
  }
  const bool learned = family.positions == arch::Positions::kLearned && !config.alibi;
  if (learned && recipe.train.seq_len > config.max_position_embeddings) {
    findings.error("train.seq_len",
                   format("{} is above model.max_position_embeddings = {}: a {} model has learned no more",
                          recipe.train.seq_len, config.max_position_embeddings, config.model_type));
  }
}

}  // namespace

void check_model(LoadedRecipe& loaded) {
  const arch::ModelConfig& config = loaded.recipe.model.config;
  const Diagnostics problems = arch::validate(config);
  add_findings(loaded, problems);
  Findings findings(loaded);
  if (!problems.has_errors()) check_family(loaded.recipe, findings);
  if (!problems.has_errors() && loaded.recipe.lora.on()) {
    add_findings(loaded, arch::check_lora(loaded.recipe.lora, config));
  }
  if (loaded.recipe.train.seq_len > config.max_position_embeddings) {
    Findings(loaded).warning("train.seq_len", format("{} is above model.max_position_embeddings = {}",
                                                     loaded.recipe.train.seq_len, config.max_position_embeddings));
  }
}

}  // namespace trireme::recipe
