#include <new>

#include "trireme/cli/train/rank.h"
#include "trireme/cli/train_command.h"
#include "trireme/engine/training_run.h"
#include "trireme/supervise/run_folder.h"

namespace trireme::cli {

namespace {

/// The supervisor has made and locked the folder; without one, rank 0 does. Collective.
std::unique_ptr<supervise::RunFolder> open_folder(const recipe::Recipe& recipe, bool resume, const RankContext& rank) {
  std::unique_ptr<supervise::RunFolder> folder;
  if (rank.link == nullptr && rank.world.rank() == Rank(0)) {
    folder = std::make_unique<supervise::RunFolder>(recipe, resume);
    folder->write_environment("direct", rank.world.size(), rank.env.job_id);
  }
  rank.world.barrier().wait();
  return folder;
}

ExitCode train(const recipe::Recipe& recipe, bool resume, const RankContext& rank) {
  const engine::StopSignals stop;
  if (rank.link != nullptr) rank.link->started();
  const auto folder = open_folder(recipe, resume, rank);
  const plan::Plan plan = plan_for(recipe, rank.world.size());
  const mesh::Mesh mesh(rank.world, mesh_degrees(plan));
  const auto tracer = open_tracer(recipe, rank.world);

  engine::RunOptions options{.folder = fs::path(recipe.log.folder) / recipe.log.name,
                             .resume = resume,
                             .generation = rank.env.generation,
                             .device = rank.device,
                             .tracer = tracer.get(),
                             .on_step = {},
                             .on_checkpoint_saved = {}};
  if (supervise::RankLink* const link = rank.link) {
    options.on_step = [link](int64_t step) { link->step_done(step); };
    options.on_checkpoint_saved = [link](int64_t step) { link->checkpoint_saved(step); };
  }
  engine::TrainingRun run(recipe, plan, mesh, std::move(options));
  try {
    return run.run(stop) == engine::RunEnd::kStopped ? ExitCode::kStopped : ExitCode::kOk;
  } catch (const std::bad_alloc&) {
    const IoError error("out of memory; use a smaller train.micro_batch_size or give the job more");
    rank.world.abort(error.what());
    throw error;
  } catch (const std::exception& error) {
    rank.world.abort(error.what());
    throw;
  }
}

}  // namespace

ExitCode TrainCommand::run() {
  const recipe::LoadedRecipe loaded = load();
  return run_as_rank(loaded.recipe, [&](const RankContext& rank) { return train(loaded.recipe, resume, rank); });
}

}  // namespace trireme::cli
