#include "trireme/cli/train/load_model.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "trireme/core/error.h"
#include "trireme/core/log.h"
#include "trireme/data/tokenizers/tokenizer_json.h"
#include "trireme/engine/devices.h"

namespace trireme::cli {
namespace {

std::unique_ptr<data::Tokenizer> tokenizer_of(const arch::ModelSource& source, const std::string& path) {
  const auto files = source.companion_files();
  const auto tokenizer = files.find("tokenizer.json");
  if (tokenizer == files.end()) {
    throw ConfigError(
        format("{} has no tokenizer.json: name the tokenizer the model was trained with by --tokenizer, "
               "for example --tokenizer bytes",
               path));
  }
  const auto view = [&](const auto& file) { return formats::JsonView(file->second, path + "/" + file->first); };
  const auto config = files.find("tokenizer_config.json");
  return data::tokenizer_from_json(view(tokenizer), config == files.end() ? formats::JsonView() : view(config),
                                   path + "/tokenizer.json");
}

}  // namespace

LoadedModel load_model(const ModelArguments& arguments) {
  if (arguments.threads < 0) throw UsageError(format("--threads must be at least 0, got {}", arguments.threads));
  if (arguments.threads > 0) at::set_num_threads(static_cast<int>(arguments.threads));
  LoadedModel loaded;
  loaded.device = engine::pick_device(arguments.device, /*local_rank=*/0, "--device");
  loaded.dtype = dtype_from_name(arguments.dtype).value();
  loaded.source = arch::open_model_source(arguments.path);
  loaded.tokenizer = arguments.tokenizer.empty() ? tokenizer_of(*loaded.source, arguments.path)
                                                 : data::load_tokenizer(arguments.tokenizer);
  const int64_t vocab_size = loaded.source->config().vocab_size;
  if (loaded.tokenizer->vocab_size() > vocab_size) {
    throw ConfigError(
        format("the tokenizer has {} ids, but {} a vocabulary of {}: give the tokenizer the model was "
               "trained with by --tokenizer",
               loaded.tokenizer->vocab_size(), arguments.path, vocab_size));
  }
  return loaded;
}

std::unique_ptr<model::WholeModel> LoadedModel::build(int64_t positions) const {
  const int64_t trained = source->config().max_position_embeddings;
  if (positions > trained)
    log_warning("{} positions, but the model was trained for {}: expect worse predictions", positions, trained);
  auto model = std::make_unique<model::WholeModel>(
      arch::describe(source->config()), model::BuildOptions{.device = device, .max_positions = positions}, dtype);
  model->load(*source);
  return model;
}

}  // namespace trireme::cli
