#include <ATen/ATen.h>

#include <iostream>

#include "trireme/cli/train/evaluation.h"
#include "trireme/core/clock.h"
#include "trireme/telemetry/line_file.h"

namespace trireme::cli {

using Json = nlohmann::ordered_json;

double nats_of(model::WholeModel& model, std::span<const data::TokenId> ids, size_t first) {
  const auto length = static_cast<int64_t>(ids.size()) - 1;
  const at::Tensor tokens = at::empty({1, length + 1}, at::kLong);
  std::ranges::copy(ids, tokens.mutable_data_ptr<int64_t>());
  const at::Tensor targets = tokens.narrow(1, 1, length).clone();
  targets.narrow(1, 0, static_cast<int64_t>(first) - 1).fill_(layer::kIgnoredTarget);
  const layer::Microbatch batch{.tokens = tokens.narrow(1, 0, length).to(model.device()).contiguous(),
                                .targets = targets.to(model.device()),
                                .positions = model::row_positions(1, length, model.device()),
                                .document_starts = {},
                                .loss_scale = {}};
  layer::StepSums sums = model::make_step_sums(model.device());
  model.evaluate(batch, sums);
  return sums.loss.item<double>();
}

namespace {

void check_options(const EvaluateCommand& command) {
  if (command.text.empty() && command.choices.empty()) {
    throw UsageError("nothing to measure: give --text FILE with --seq-len, or --choices FILE");
  }
  if (command.text.empty()) return;
  if (command.seq_len < 1) throw UsageError(format("--seq-len must be at least 1, got {}", command.seq_len));
  if (command.rows < 0) throw UsageError(format("--rows must be at least 0, got {}", command.rows));
}

/// The run that the model is a checkpoint of; empty when it is of none.
fs::path run_folder_of(const fs::path& model) {
  const fs::path folder = fs::absolute(model / "").lexically_normal().parent_path();
  for (const fs::path& run : {folder, folder.parent_path().parent_path()}) {
    if (fs::exists(run / "metrics.jsonl")) return run;
  }
  return {};
}

/// A line of evaluations.jsonl in the run's folder, which `trireme report` shows.
void note(const fs::path& model, const std::string& kind, const std::string& file, const Json& figures) {
  const fs::path run = run_folder_of(model);
  if (run.empty()) return;
  Json line = {{"time", utc_timestamp()}, {"model", model.filename().string()}, {kind, file}};
  line.update(figures);
  telemetry::LineFile(run / "evaluations.jsonl").append(line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

ExitCode EvaluateCommand::run() {
  check_options(*this);
  // Once: a run may save its next checkpoint meanwhile.
  model.path = arch::resolve_model(model.path).string();
  const LoadedModel loaded = load_model(model);
  Json all = Json::object();
  const auto add = [&](const std::string& kind, const std::string& file, const Evaluated& found) {
    note(model.path, kind, file, found.figures);
    all.update(found.figures);
    all.update(found.details);
    if (!json) std::cout << found.line;
  };
  if (!text.empty()) add("text", text, evaluate_text(*this, loaded));
  if (!choices.empty()) add("choices", choices, evaluate_choices(*this, loaded));
  if (json) std::cout << all.dump() << "\n";
  return ExitCode::kOk;
}

}  // namespace trireme::cli
