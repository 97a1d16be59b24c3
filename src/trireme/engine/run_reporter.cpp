#include "trireme/engine/run_reporter.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "trireme/comm/host_values.h"
#include "trireme/core/environment.h"
#include "trireme/core/log.h"
#include "trireme/engine/devices.h"

namespace trireme::engine {

RunReporter::RunReporter(const recipe::Recipe& recipe, const Options& options, comm::Communicator& world)
    : recipe_(recipe),
      options_(options),
      world_(world),
      skip_limit_(recipe.train.max_skipped_steps, options.skipped),
      straggler_watch_(static_cast<size_t>(world.size())),
      hosts_(comm::gather_texts(world, host_name())) {
  if (world.rank() != Rank(0)) return;
  log_ = std::make_unique<telemetry::RunLog>(telemetry::RunLog::Options{
      .folder = options.folder, .last_step = options.last_step, .tensorboard = recipe.log.tensorboard});
  progress_ = std::make_unique<telemetry::Progress>(
      telemetry::Progress::Options{.label = "train", .total = static_cast<double>(recipe.train.steps)});
}

void RunReporter::step(const StepReport& report, double seconds) {
  flush();
  const telemetry::StepPhases phases{.data = report.data_seconds,
                                     .compute = seconds - report.data_seconds - report.comm_seconds,
                                     .comm = report.comm_seconds,
                                     .save = std::exchange(save_seconds_, 0.0)};
  pending_ = Pending{report, seconds, phases, take_peak_memory(options_.device)};
}

void RunReporter::flush() {
  if (!pending_) return;
  const Pending pending = *std::exchange(pending_, std::nullopt);
  telemetry::StepRecord record = record_of(pending);
  // Collective, so it fails where the step did: what was read of an aborted step is never logged.
  record.peak_memory_bytes = compare_ranks(pending);
  const bool due = record.step % recipe_.log.every_steps == 0 || record.step == recipe_.train.steps;
  if (log_ && due) {
    log_->step(record);
    show(record);
  }
  if (log_ && record.skipped) warning(format("step {} skipped: loss or gradient norm is not finite", record.step));
  skip_limit_.count(record.step, record.skipped != 0);
}

int64_t RunReporter::compare_ranks(const Pending& pending) {
  const auto& [data, compute, comm, save] = pending.phases;
  const std::array mine = {static_cast<double>(pending.peak_memory), data, compute, comm, save};
  const std::vector<double> all = comm::gather_numbers(world_, mine);
  double peak = 0.0;
  std::vector<telemetry::StepPhases> phases;
  for (size_t at = 0; at < all.size(); at += mine.size()) {
    peak = std::max(peak, all[at]);
    phases.push_back({.data = all[at + 1], .compute = all[at + 2], .comm = all[at + 3], .save = all[at + 4]});
  }
  if (log_) {
    for (const telemetry::Straggler& straggler : straggler_watch_.add(phases)) {
      progress_->clear();
      log_->straggler(pending.report.step, straggler, hosts_[static_cast<size_t>(straggler.rank)]);
    }
  }
  return static_cast<int64_t>(peak);
}

telemetry::StepRecord RunReporter::record_of(const Pending& pending) const {
  const StepReport& report = pending.report;
  telemetry::StepRecord record;
  record.step = report.step;
  record.loss = report.loss.item<double>();
  if (report.distill_loss.defined()) record.distill_loss = report.distill_loss.item<double>();
  record.grad_norm = report.grad_norm.item<double>();
  record.lr = report.learning_rate;
  record.tokens = recipe_.train.global_batch_size * recipe_.train.seq_len;
  record.tokens_seen = report.tokens_seen;
  record.step_seconds = pending.seconds;
  record.data_seconds = pending.phases.data;
  record.compute_seconds = pending.phases.compute;
  record.comm_seconds = pending.phases.comm;
  record.save_seconds = pending.phases.save;
  record.tokens_per_second = static_cast<double>(record.tokens) / pending.seconds;
  record.tps_per_device = record.tokens_per_second / world_.size();
  if (options_.flops_per_token && options_.peak_flops)
    record.mfu = *options_.flops_per_token * record.tps_per_device / *options_.peak_flops;
  record.skipped = report.skipped.item<double>() != 0.0 ? 1 : 0;
  return record;
}

void RunReporter::show(const telemetry::StepRecord& record) {
  progress_->update(static_cast<double>(record.step), format("loss {}, {} tokens/s", format_fixed(record.loss, 4),
                                                             format_count(record.tokens_per_second)));
}

void RunReporter::evaluation(int64_t step, const Evaluation& found) {
  if (!log_) return;
  progress_->clear();
  log_info("step {}: validation loss {} over {} tokens", step, format_fixed(found.loss, 4), found.targets);
  log_->evaluation(step, found.loss, found.targets);
}

void RunReporter::checkpoint(int64_t step, double seconds, double waited) {
  save_seconds_ += seconds - waited;
  if (log_) log_->checkpoint(step, seconds);
}

void RunReporter::warning(const std::string& text) {
  if (!log_) return;
  progress_->clear();
  log_->warning(text);
}

}  // namespace trireme::engine
