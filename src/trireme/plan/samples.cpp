#include "trireme/plan/samples.h"

#include "trireme/arch/families/family.h"
#include "trireme/data/dataset.h"
#include "trireme/data/synthetic.h"

namespace trireme::plan {

namespace {

data::DatasetOptions options_of(const recipe::Recipe& recipe, const std::string& tokenizer_hash) {
  return {.sources = recipe.data.train,
          .order = data::order_from_name(recipe.data.order),
          .packing = data::packing_from_name(recipe.data.packing),
          .seq_len = recipe.train.seq_len,
          .vocab_size = recipe.model.config.vocab_size,
          .tokenizer_hash = tokenizer_hash,
          .seed = recipe.train.seed,
          .valid_fraction = recipe.data.valid.empty() ? recipe.data.valid_fraction : 0.0,
          .needs_all_targets = !arch::family_of(recipe.model.config).causal};
}

}  // namespace

std::unique_ptr<data::SampleSource> open_train_samples(const recipe::Recipe& recipe,
                                                       const std::string& tokenizer_hash) {
  if (recipe.data.synthetic) {
    return data::open_synthetic(recipe.train.seq_len, recipe.model.config.vocab_size, recipe.train.seed);
  }
  return data::open_dataset(options_of(recipe, tokenizer_hash));
}

std::unique_ptr<data::SampleSource> open_valid_samples(const recipe::Recipe& recipe,
                                                       const std::string& tokenizer_hash) {
  data::DatasetOptions options = options_of(recipe, tokenizer_hash);
  options.order = data::Order::kSequential;
  if (!recipe.data.valid.empty()) {
    options.sources = recipe.data.valid;
  } else {
    options.valid_tail = true;
  }
  const bool has_none = options.valid_tail && options.valid_fraction == 0;
  if (recipe.data.synthetic || has_none) return nullptr;
  return data::open_dataset(options);
}

}  // namespace trireme::plan
