#include "trireme/model/generate.h"

#include <ATen/ATen.h>

#include "trireme/arch/block_shape.h"
#include "trireme/core/error.h"

namespace trireme::model {
namespace {

void check(const WholeModel& model, std::span<const int64_t> prompt, const GenerateOptions& options) {
  if (!arch::block_shape(model.architecture().config, 0).causal) {
    throw ConfigError(format("a {} model sees its whole text at once and continues none: generate takes a decoder",
                             model.architecture().config.model_type));
  }
  if (prompt.empty()) throw ConfigError("the prompt is empty: give at least one token to continue from");
  const auto length = static_cast<int64_t>(prompt.size());
  if (length + options.max_new_tokens > model.max_positions()) {
    throw ConfigError(format("a prompt of {} tokens and {} new ones exceed the {} positions the model was built for",
                             length, options.max_new_tokens, model.max_positions()));
  }
  check(options.sampling);
}

Tensor as_row(std::span<const int64_t> ids, at::Device device) {
  const Tensor row = at::empty({1, static_cast<int64_t>(ids.size())}, at::kLong);
  std::ranges::copy(ids, row.mutable_data_ptr<int64_t>());
  return row.to(device);
}

}  // namespace

std::vector<int64_t> generate(WholeModel& model, std::span<const int64_t> prompt, const GenerateOptions& options) {
  check(model, prompt, options);
  std::vector<layer::KvCache> caches = model.make_caches(/*batch=*/1);
  std::vector<int64_t> drawn;
  Tensor input = as_row(prompt, model.device());
  while (static_cast<int64_t>(drawn.size()) < options.max_new_tokens) {
    const Tensor logits = model.logits(input, &caches, /*last_only=*/true).to(at::kCPU, at::kFloat).contiguous();
    const std::span<const float> row(logits.const_data_ptr<float>(), static_cast<size_t>(logits.numel()));
    drawn.push_back(sample(row, options.sampling, static_cast<int64_t>(prompt.size() + drawn.size())));
    if (drawn.back() == options.end_token) break;
    input = as_row(std::span(drawn).last(1), model.device());
  }
  return drawn;
}

}  // namespace trireme::model
