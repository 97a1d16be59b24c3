#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "trireme/cli/evaluate_command.h"
#include "trireme/cli/train/load_model.h"

namespace trireme::cli {

/// What one kind of evaluation found.
struct Evaluated {
  nlohmann::ordered_json figures;  // of the whole, as a report shows them
  nlohmann::ordered_json details;  // row by row or question by question
  std::string line;                // for people
};

/// Of command.text. Throws UsageError for its options, ConfigError when it is shorter than a row.
Evaluated evaluate_text(const EvaluateCommand& command, const LoadedModel& loaded);
/// Of command.choices.
Evaluated evaluate_choices(const EvaluateCommand& command, const LoadedModel& loaded);

/// Nats of ids[first] and all behind it, each given those before. REQUIRES: 1 <= first <= ids.size().
double nats_of(model::WholeModel& model, std::span<const data::TokenId> ids, size_t first);

}  // namespace trireme::cli
