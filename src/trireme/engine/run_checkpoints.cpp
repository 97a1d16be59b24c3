#include "trireme/engine/run_checkpoints.h"

#include <nlohmann/json.hpp>

#include "trireme/comm/host_values.h"
#include "trireme/core/clock.h"
#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/recipe/load.h"

namespace trireme::engine {

namespace {

checkpoint::WriterOptions writer_options(const recipe::Recipe& recipe, const RunCheckpoints::Options& options) {
  checkpoint::WriterOptions made{.retention = {.keep = recipe.checkpoint.keep,
                                               .keep_hours = recipe.checkpoint.keep_hours,
                                               .keep_every_steps = recipe.checkpoint.keep_every_steps},
                                 .asynchronous = recipe.checkpoint.asynchronous,
                                 .generation = std::to_string(options.generation),
                                 .files = {}};
  if (!options.tokenizer.contents.empty()) made.files[options.tokenizer.name] = options.tokenizer.contents;
  return made;
}

}  // namespace

RunCheckpoints::RunCheckpoints(const recipe::Recipe& recipe, Options options, comm::Communicator& world)
    : recipe_(recipe),
      options_(std::move(options)),
      world_(world),
      writer_(options_.root, world, writer_options(recipe, options_)) {}

std::optional<checkpoint::LoadedState> RunCheckpoints::restore(Trainer& trainer) {
  auto loaded = checkpoint::load_latest(options_.root, trainer.state_pieces(), world_);
  if (!loaded) return std::nullopt;
  check_identity(*loaded);
  const auto& state = loaded->state;
  trainer.apply_loaded_state({.step = state.step, .tokens_seen = state.tokens_seen, .next_sample = state.next_sample});
  saved_step_ = durable_step_ = state.step;
  return loaded;
}

void RunCheckpoints::check_identity(const checkpoint::LoadedState& loaded) const {
  const auto check = [&](const char* key, const std::string& saved, const std::string& mine) {
    if (saved == mine) return;
    throw ConfigError(
        format("{}: {} is not what {} was trained on. Give the same one, or start another run with --set "
               "log.name=NAME",
               key, mine, loaded.folder.string()));
  };
  if (!options_.adapter_config.empty()) {
    const auto saved = nlohmann::json::parse(loaded.state.adapter_config);
    const auto mine = nlohmann::json::parse(options_.adapter_config);
    for (const auto& [key, name] : {std::pair("lora.alpha", "lora_alpha"), {"model.from", "base_model_name_or_path"}}) {
      check(key, saved.at(name).dump(), mine.at(name).dump());
    }
  }
  check("data.train", loaded.state.data_identity, options_.data_identity);
  const std::string tokenizer = comm::gather_texts(world_, options_.tokenizer.hash).front();
  check("data.tokenizer", loaded.state.tokenizer_hash, tokenizer);
}

bool RunCheckpoints::due(int64_t step) const {
  return recipe_.checkpoint.every_steps > 0 && step % recipe_.checkpoint.every_steps == 0;
}

std::optional<double> RunCheckpoints::save(Trainer& trainer, int64_t skipped_steps) {
  const TrainerState& state = trainer.state();
  if (saved_step_ == state.step) return std::nullopt;
  const Stopwatch held_up;
  const checkpoint::TrainingState saved{.step = state.step,
                                        .tokens_seen = state.tokens_seen,
                                        .next_sample = state.next_sample,
                                        .skipped_steps = skipped_steps,
                                        .optimizer_steps = state.step - skipped_steps,
                                        .data_identity = options_.data_identity,
                                        .tokenizer_hash = options_.tokenizer.hash,
                                        .recipe_digest = content_hash(recipe::dump_toml(recipe_)),
                                        .model_config = options_.model_config,
                                        .adapter_config = options_.adapter_config};
  writer_.save(saved, trainer.state_pieces());
  durable_step_ = recipe_.checkpoint.asynchronous ? saved_step_ : state.step;  // the one before is on the disk now
  saved_step_ = state.step;
  return held_up.seconds();
}

void RunCheckpoints::wait() {
  writer_.wait();
  durable_step_ = saved_step_;
}

}  // namespace trireme::engine
