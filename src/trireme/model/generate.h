#pragma once

#include <optional>
#include <span>
#include <vector>

#include "trireme/model/sampling.h"
#include "trireme/model/whole_model.h"

namespace trireme::model {

struct GenerateOptions {
  int64_t max_new_tokens = 0;
  Sampling sampling;
  std::optional<int64_t> end_token;  // generation stops after it
};

/// Tokens that follow `prompt`, one at a time with a KV cache; the end token, if drawn, is the last.
/// Throws ConfigError for an empty prompt, or one that with the new tokens exceeds model.max_positions().
std::vector<int64_t> generate(WholeModel& model, std::span<const int64_t> prompt, const GenerateOptions& options);

}  // namespace trireme::model
