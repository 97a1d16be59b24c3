#include "trireme/engine/train_rank.h"

#include <new>

#include "trireme/engine/training_run.h"

namespace trireme::engine {

namespace {

/// The supervisor has made and locked the folder; without one, rank 0 does. Collective.
std::unique_ptr<supervise::RunFolder> open_folder(const RankJob& job, const RankContext& rank) {
  std::unique_ptr<supervise::RunFolder> folder;
  if (rank.link == nullptr && rank.world.rank() == Rank(0)) {
    folder = std::make_unique<supervise::RunFolder>(job.recipe, job.resume, job.config);
    folder->write_environment("direct", rank.world.size(), rank.env.job_id);
  }
  rank.world.barrier().wait();
  return folder;
}

RunOptions run_options(const RankJob& job, const RankContext& rank, const mesh::Mesh& mesh, telemetry::Tracer* tracer) {
  RunOptions options{.folder = fs::path(job.recipe.log.folder) / job.recipe.log.name,
                     .resume = job.resume,
                     .generation = rank.env.generation,
                     .device = rank.device,
                     .tracer = tracer,
                     .on_step = {},
                     .on_checkpoint_saved = {},
                     .on_finished = {}};
  if (supervise::RankLink* const link = rank.link) {
    options.on_step = [link](int64_t step) { link->step_done(step); };
    options.on_checkpoint_saved = [link](int64_t step) { link->checkpoint_saved(step); };
  }
  if (job.on_finished) options.on_finished = [&](Trainer& trainer) { job.on_finished(trainer, mesh, rank.device); };
  return options;
}

ExitCode train(const RankJob& job, const RankContext& rank) {
  const StopSignals stop;
  if (rank.link != nullptr) rank.link->started();
  const auto folder = open_folder(job, rank);
  const mesh::Mesh mesh(rank.world, mesh_degrees(job.recipe, rank.world.size()));
  const auto tracer = open_tracer(job.recipe, rank.world);
  TrainingRun run(job.recipe, job.make_task(mesh, rank.device), mesh, run_options(job, rank, mesh, tracer.get()));
  try {
    return run.run(stop) == RunEnd::kStopped ? ExitCode::kStopped : ExitCode::kOk;
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

ExitCode train_as_rank(const RankJob& job) {
  return run_as_rank(job.recipe, [&](const RankContext& rank) { return train(job, rank); });
}

}  // namespace trireme::engine
