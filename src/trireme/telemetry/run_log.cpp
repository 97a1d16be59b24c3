#include "trireme/telemetry/run_log.h"

#include <array>
#include <nlohmann/json.hpp>

#include "trireme/core/log.h"

namespace trireme::telemetry {

namespace {

const fs::path& made(const fs::path& folder) {
  make_folders(folder);
  return folder;
}

}  // namespace

RunLog::RunLog(const Options& options)
    : metrics_(made(options.folder) / "metrics.jsonl", options.last_step), events_(options.folder / "events.jsonl") {
  if (options.last_step > 0) events_.write("resume", {{"step", options.last_step}});
  if (options.tensorboard) tensorboard_ = std::make_unique<TensorBoardWriter>(options.folder, options.last_step + 1);
}

void RunLog::step(const StepRecord& record) {
  metrics_.append(record);
  if (!tensorboard_) return;
  const std::array<TensorBoardWriter::Scalar, 8> scalars = {{
      {"train/loss", record.loss},
      {"train/distill_loss", record.distill_loss.value_or(StepRecord::kUnknown)},
      {"train/grad_norm", record.grad_norm},
      {"train/lr", record.lr},
      {"speed/tokens_per_second", record.tokens_per_second},
      {"speed/step_seconds", record.step_seconds},
      {"speed/mfu", record.mfu},
      {"memory/peak_bytes",
       record.peak_memory_bytes ? static_cast<double>(*record.peak_memory_bytes) : StepRecord::kUnknown},
  }};
  tensorboard_->add(record.step, scalars);
}

void RunLog::evaluation(int64_t step, double loss, int64_t tokens) {
  events_.write("evaluate", {{"step", step}, {"loss", loss}, {"tokens", tokens}});
  const std::array<TensorBoardWriter::Scalar, 1> scalars = {{{"valid/loss", loss}}};
  if (tensorboard_) tensorboard_->add(step, scalars);
}

void RunLog::checkpoint(int64_t step, double seconds) {
  events_.write("checkpoint", {{"step", step}, {"seconds", seconds}});
}

void RunLog::straggler(int64_t step, const Straggler& straggler, const std::string& host) {
  log_warning(
      "step {}: the others wait for rank {} on {}: its own work takes {} x the median of the ranks, {} % of its step, "
      "most in {}; look at that host's load, clocks and disks",
      step, straggler.rank, host, format_fixed(straggler.slowdown, 1), format_fixed(100 * straggler.share, 0),
      straggler.phase);
  events_.write("straggler", {{"step", step},
                              {"rank", straggler.rank},
                              {"host", host},
                              {"phase", straggler.phase},
                              {"share", straggler.share},
                              {"slowdown", straggler.slowdown}});
}

void RunLog::warning(const std::string& text) {
  log_warning("{}", text);
  events_.write("warning", {{"text", text}});
}

}  // namespace trireme::telemetry
