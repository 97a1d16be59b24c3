#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trireme/arch/architecture.h"
#include "trireme/data/masking.h"
#include "trireme/data/sample_source.h"
#include "trireme/device/device.h"
#include "trireme/engine/task.h"
#include "trireme/mesh/mesh.h"
#include "trireme/parallel/sharded_model.h"
#include "trireme/plan/plan.h"
#include "trireme/recipe/recipe.h"

/// From a recipe's words to the objects they stand for. REQUIRES everywhere: the recipe was checked and its model
/// resolved.
namespace trireme::engine {

/// Global batches in one evaluation on `valid_samples` samples: those that the recipe asks for, as far as they are
/// whole; at least one, which reads some samples again where there are too few.
int64_t evaluation_batches(const recipe::Recipe& recipe, int64_t valid_samples);

parallel::ShardOptions shard_options(const recipe::Recipe& recipe, Device device);
std::vector<parallel::NamedLayer> named_layers(const recipe::Recipe& recipe, const arch::Architecture& architecture,
                                               Device device);

/// Throws ConfigError, IoError or FormatError naming the file.
std::shared_ptr<const data::SampleSource> open_train_data(const recipe::Recipe& recipe);
/// Null when the recipe has no validation data.
std::shared_ptr<const data::SampleSource> open_valid_data(const recipe::Recipe& recipe);

/// Throws ConfigError when the tokenizer has ids that the model's vocabulary lacks.
TokenizerFile open_tokenizer(const recipe::Recipe& recipe);

/// How an encoder's inputs hide tokens; nothing for a decoder. Throws as load_tokenizer.
std::optional<data::Masking> masking_of(const recipe::Recipe& recipe);

/// All that the recipe says of this rank's work. Opens the data, builds the layers and loads the
/// teacher; communicates nothing.
Task recipe_task(const recipe::Recipe& recipe, const plan::Plan& plan, const mesh::Mesh& mesh, Device device);

}  // namespace trireme::engine
