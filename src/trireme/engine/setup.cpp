#include "trireme/engine/setup.h"

#include "trireme/arch/model_source.h"
#include "trireme/core/check.h"
#include "trireme/core/file.h"
#include "trireme/data/dataset.h"
#include "trireme/data/synthetic.h"
#include "trireme/data/tokenizer.h"
#include "trireme/kernels/tensor_types.h"
#include "trireme/model/build.h"

namespace trireme::engine {

namespace {

arch::Recompute recompute_named(const std::string& name) {
  for (const auto recompute : {arch::Recompute::kNone, arch::Recompute::kSelective, arch::Recompute::kFull})
    if (arch::name_of(recompute) == name) return recompute;
  throw ConfigError(format("train.recompute: '{}' is none of none, selective, full", name));
}

at::ScalarType dtype_named(const std::string& name) {
  const auto dtype = dtype_from_name(name);
  TRIREME_CHECK(dtype.has_value(), "unknown dtype '{}'", name);
  return kernels::scalar_type(*dtype);
}

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
                             .valid_tail = valid && shares_files});
}

}  // namespace

parallel::ShardOptions shard_options(const recipe::Recipe& recipe, Device device) {
  return {.zero = static_cast<int>(recipe.parallel.zero),
          .reshard_after_forward = recipe.parallel.reshard_after_forward,
          .compute = dtype_named(recipe.precision.compute),
          .reduce = dtype_named(recipe.precision.compute == "fp64" ? "fp64" : recipe.precision.reduce),
          .device = kernels::aten_device(device)};
}

std::vector<parallel::NamedLayer> named_layers(const recipe::Recipe& recipe, const arch::Architecture& architecture,
                                               Device device) {
  auto layers = model::build_layers(
      architecture,
      {.recompute = recompute_named(recipe.train.recompute), .device = device, .max_positions = recipe.train.seq_len});
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
  TokenizerFile file{.hash = tokenizer->identity(), .json = {}};
  if (fs::path(name).extension() == ".gguf") {
    const auto companions = arch::open_model_source(name)->companion_files();
    if (const auto found = companions.find("tokenizer.json"); found != companions.end()) file.json = found->second;
  } else if (name != "bytes") {
    file.json = read_file(fs::is_directory(name) ? fs::path(name) / "tokenizer.json" : fs::path(name));
  }
  return file;
}

}  // namespace trireme::engine
