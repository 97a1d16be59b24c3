#include "trireme/engine/teacher.h"

#include <ATen/ATen.h>

#include "trireme/core/error.h"

namespace trireme::engine {

namespace {

void check_tokens(const at::Tensor& tokens, int64_t vocab_size, const std::string& teacher) {
  const int64_t largest = tokens.max().item<int64_t>();
  if (largest < vocab_size) return;
  throw ConfigError(
      format("token id {} of the data is outside the vocabulary of {} of the teacher {}: distil from a teacher that "
             "reads every id of the data",
             largest, vocab_size, teacher));
}

}  // namespace

kernels::Distillation Teacher::teach(const layer::Microbatch& batch) {
  if (batch.tokens.is_cpu()) check_tokens(batch.tokens, model_.architecture().config.vocab_size, options_.teacher);
  return {.teacher = model_.unprojected(batch),
          .temperature = options_.temperature,
          .weight = options_.weight,
          .vocabulary = options_.vocabulary};
}

std::unique_ptr<Teacher> open_teacher(const recipe::Recipe& recipe, Device device) {
  if (recipe.distill.teacher.empty()) return nullptr;
  const auto source = arch::open_model_source(recipe.distill.teacher);
  model::WholeModel model(arch::describe(source->config()), {.device = device, .max_positions = recipe.train.seq_len},
                          *dtype_from_name(recipe.precision.compute));
  model.load(*source);
  recipe::Distill options = recipe.distill;
  if (options.vocabulary == 0) options.vocabulary = source->config().vocab_size;
  return std::make_unique<Teacher>(options, std::move(model));
}

}  // namespace trireme::engine
