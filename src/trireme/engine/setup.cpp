#include "trireme/engine/setup.h"

#include <nlohmann/json.hpp>

#include "trireme/arch/families/family.h"
#include "trireme/arch/flops.h"
#include "trireme/arch/hf_config.h"
#include "trireme/arch/model_source.h"
#include "trireme/arch/peft_config.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/data/dataset.h"
#include "trireme/data/synthetic.h"
#include "trireme/data/tokenizer.h"
#include "trireme/engine/sample_batches.h"
#include "trireme/kernels/tensor_types.h"
#include "trireme/model/build.h"

namespace trireme::engine {

namespace {

std::shared_ptr<const data::SampleSource> open_files(const recipe::Recipe& recipe,
                                                     const std::vector<std::string>& sources, bool valid) {
  const recipe::Data& data = recipe.data;
  const bool shares_files = data.valid.empty();
  return data::open_dataset({.sources = sources,
                             .order = valid ? data::Order::kSequential : data::order_from_name(data.order),
                             .packing = data::packing_from_name(data.packing),
                             .seq_len = recipe.train.seq_len,
                             .vocab_size = recipe.model.config.vocab_size,
                             .seed = recipe.train.seed,
                             .valid_fraction = shares_files ? data.valid_fraction : 0.0,
                             .verify = data.verify && !(valid && shares_files),  // each file once
                             .valid_tail = valid && shares_files,
                             .needs_all_targets = !arch::family_of(recipe.model.config).causal});
}

}  // namespace

int64_t evaluation_batches(const recipe::Recipe& recipe, int64_t valid_samples) {
  const int64_t whole = std::max<int64_t>(1, valid_samples / recipe.train.global_batch_size);
  return std::min(recipe.evaluate.batches, whole);
}

parallel::ShardOptions shard_options(const recipe::Recipe& recipe, Device device) {
  const plan::Dtypes dtypes = plan::dtypes_of(recipe.precision);
  return {.zero = static_cast<int>(recipe.parallel.zero),
          .reshard_after_forward = recipe.parallel.reshard_after_forward,
          .compute = kernels::scalar_type(dtypes.compute),
          .reduce = kernels::scalar_type(dtypes.reduce),
          .device = kernels::aten_device(device)};
}

std::vector<parallel::NamedLayer> named_layers(const recipe::Recipe& recipe, const arch::Architecture& architecture,
                                               Device device) {
  auto layers = model::build_layers(
      architecture,
      {.recompute = plan::recompute_of(recipe.train), .device = device, .max_positions = recipe.train.seq_len});
  std::vector<parallel::NamedLayer> named;
  for (size_t i = 0; i < layers.size(); ++i) named.push_back({architecture.layers[i].name, std::move(layers[i])});
  return named;
}

std::shared_ptr<const data::SampleSource> open_train_data(const recipe::Recipe& recipe) {
  if (!recipe.data.synthetic) return open_files(recipe, recipe.data.train, /*valid=*/false);
  return data::open_synthetic(recipe.train.seq_len, recipe.model.config.vocab_size, recipe.train.seed);
}

std::shared_ptr<const data::SampleSource> open_valid_data(const recipe::Recipe& recipe) {
  const recipe::Data& data = recipe.data;
  if (data.synthetic || (data.valid.empty() && data.valid_fraction == 0.0)) return nullptr;
  return open_files(recipe, data.valid.empty() ? data.train : data.valid, /*valid=*/true);
}

TokenizerFile open_tokenizer(const recipe::Recipe& recipe) {
  const std::string& name = recipe.data.tokenizer;
  if (name.empty()) return {};
  const auto tokenizer = data::load_tokenizer(name);
  if (tokenizer->vocab_size() > recipe.model.config.vocab_size)
    throw ConfigError(
        format("model.vocab_size: {} is smaller than the {} ids of the tokenizer {}; set it to at least "
               "that",
               recipe.model.config.vocab_size, tokenizer->vocab_size(), name));
  TokenizerFile file{.hash = tokenizer->identity(), .name = "tokenizer.json", .contents = {}};
  if (data::is_builtin_tokenizer(name)) return file;
  if (fs::path(name).extension() == ".gguf") {
    const auto companions = arch::open_model_source(name)->companion_files();
    if (const auto found = companions.find("tokenizer.json"); found != companions.end()) file.contents = found->second;
    return file;
  }
  const fs::path path = data::tokenizer_path(name);
  if (path.extension() != ".json") file.name = path.filename().string();
  file.contents = read_file(path);
  return file;
}

std::optional<data::Masking> masking_of(const recipe::Recipe& recipe) {
  const arch::ModelConfig& model = recipe.model.config;
  if (arch::family_of(model).causal) return std::nullopt;
  data::Masking masking{.fraction = recipe.data.mask_fraction,
                        .mask_token = static_cast<data::TokenId>(model.mask_token_id),
                        .vocab_size = model.vocab_size,
                        .kept_tokens = {},
                        .seed = recipe.train.seed};
  if (!recipe.data.tokenizer.empty()) {
    const auto tokenizer = data::load_tokenizer(recipe.data.tokenizer);
    for (const data::SpecialToken& token : tokenizer->special_tokens()) {
      masking.kept_tokens.push_back(token.id);
      const bool is_mask = token.text == "[MASK]" || token.text == "<mask>";
      if (is_mask && masking.mask_token < 0) masking.mask_token = token.id;
    }
  }
  if (masking.mask_token < 0 || masking.mask_token >= model.vocab_size) {
    throw ConfigError(
        format("model.mask_token_id: {} is no token of this model's vocabulary of {}, and the tokenizer {} "
               "has no [MASK] or <mask>; set it",
               masking.mask_token, model.vocab_size, recipe.data.tokenizer));
  }
  masking.kept_tokens.push_back(masking.mask_token);
  return masking;
}

namespace {

std::string adapter_config(const recipe::Recipe& recipe) {
  if (!recipe.lora.on()) return {};
  const std::string base = fs::absolute(recipe.model.from).lexically_normal().string();
  return arch::peft_config_to_json(recipe.lora, recipe.model.config, base).dump();
}

}  // namespace

Task recipe_task(const recipe::Recipe& recipe, const plan::Plan& plan, const mesh::Mesh& mesh, Device device) {
  const std::optional<data::Masking> masking = masking_of(recipe);
  const auto batches = [&](std::shared_ptr<const data::SampleSource> source, int64_t end) {
    const data::BatchLayout layout{.global_batch_size = recipe.train.global_batch_size,
                                   .micro_batch_size = recipe.train.micro_batch_size,
                                   .num_data_ranks = plan.batch.batch_ranks};
    return std::make_unique<SampleBatches>(std::move(source), layout,
                                           SampleBatches::Options{.data_rank = mesh.index(mesh::Axis::kBatch),
                                                                  .device = kernels::aten_device(device),
                                                                  .masking = masking,
                                                                  .end = end});
  };
  const auto train_data = open_train_data(recipe);
  const auto valid_data = open_valid_data(recipe);
  const int64_t valid_batches = valid_data ? evaluation_batches(recipe, valid_data->samples_per_epoch()) : 0;
  const bool loads_weights = !recipe.model.from.empty() && recipe.model.load_weights;
  return {.layers = named_layers(recipe, arch::describe(recipe.model.config, recipe.lora), device),
          .train = batches(train_data, SampleBatches::kNoEnd),
          .valid = valid_data ? batches(valid_data, valid_batches * recipe.train.global_batch_size) : nullptr,
          .valid_batches = valid_batches,
          .teacher = open_teacher(recipe, device),
          .initialize =
              [from = loads_weights ? recipe.model.from : "", seed = recipe.train.seed](Trainer& trainer) {
                from.empty() ? trainer.initialize(seed) : trainer.load_weights(*arch::open_model_source(from), seed);
              },
          .data_identity = train_data->identity(),
          .tokenizer = mesh.world().rank() == Rank(0) ? open_tokenizer(recipe) : TokenizerFile{},
          .model_config = arch::model_config_to_hf(recipe.model.config, DType::kF32).dump(),
          .adapter_config = adapter_config(recipe),
          .flops_per_token = arch::flops_per_token(plan.flops, recipe.train.seq_len, arch::FlopConvention::kMatmul)};
}

}  // namespace trireme::engine
