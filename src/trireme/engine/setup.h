#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trireme/arch/architecture.h"
#include "trireme/data/sample_source.h"
#include "trireme/device/device.h"
#include "trireme/parallel/sharded_model.h"
#include "trireme/recipe/recipe.h"

/// From a recipe's words to the objects they stand for. REQUIRES everywhere: the recipe was checked and its model
/// resolved.
namespace trireme::engine {

parallel::ShardOptions shard_options(const recipe::Recipe& recipe, Device device);
std::vector<parallel::NamedLayer> named_layers(const recipe::Recipe& recipe, const arch::Architecture& architecture,
                                               Device device);

/// Throws ConfigError, IoError or FormatError naming the file.
std::shared_ptr<const data::SampleSource> open_train_data(const recipe::Recipe& recipe);
/// Null when the recipe has no validation data.
std::shared_ptr<const data::SampleSource> open_valid_data(const recipe::Recipe& recipe);

/// The recipe's tokenizer as a checkpoint keeps it. Both empty when the recipe names none.
struct TokenizerFile {
  std::string hash;
  std::string json;  // tokenizer.json; empty for plain bytes
};
/// Throws ConfigError when the tokenizer has ids that the model's vocabulary lacks.
TokenizerFile open_tokenizer(const recipe::Recipe& recipe);

}  // namespace trireme::engine
