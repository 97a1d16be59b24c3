#include "trireme/program/examples.h"

#include <ATen/ATen.h>

#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/core/philox.h"
#include "trireme/data/permutation.h"
#include "trireme/layer/user_code.h"

namespace trireme::program {

namespace {

using at::Tensor;

std::string hash_of(const Tensor& tensor) {
  const Tensor flat = tensor.contiguous();
  return content_hash({static_cast<const std::byte*>(flat.const_data_ptr()), flat.nbytes()});
}

class ExamplesInMemory final : public ExampleSource {
 public:
  explicit ExamplesInMemory(Examples examples) : examples_(std::move(examples)) {}

  int64_t size() const override { return examples_.inputs.size(0); }
  Examples read(std::span<const int64_t> indices) const override {
    const Tensor rows = at::tensor(at::IntArrayRef(indices.data(), indices.size()), at::kLong);
    return {examples_.inputs.index_select(0, rows), examples_.targets.index_select(0, rows)};
  }
  std::string identity() const override {
    return format("{} examples {} {}", size(), hash_of(examples_.inputs), hash_of(examples_.targets));
  }

 private:
  Examples examples_;
};

int64_t rows_of(const Tensor& tensor) { return tensor.defined() && tensor.dim() > 0 ? tensor.size(0) : 0; }

}  // namespace

std::shared_ptr<const ExampleSource> in_memory(Examples examples) {
  const int64_t inputs = rows_of(examples.inputs), targets = rows_of(examples.targets);
  if (inputs == 0 || inputs != targets) {
    throw ConfigError(
        format("a data set of {} inputs and {} targets: give equally many, at least one", inputs, targets));
  }
  return std::make_shared<ExamplesInMemory>(std::move(examples));
}

ExampleBatches::ExampleBatches(std::shared_ptr<const ExampleSource> source, const Options& options)
    : source_(std::move(source)), options_(options) {}

int64_t ExampleBatches::example_of(int64_t sample) const {
  const int64_t epoch = sample / source_->size(), place = sample % source_->size();
  if (!options_.shuffled) return place;
  return data::Permutation(source_->size(), stream_key(options_.seed, format("examples {}", epoch)))(place);
}

std::vector<layer::Microbatch> ExampleBatches::take(int64_t first_sample) {
  const auto& layout = options_.layout;
  std::vector<layer::Microbatch> batches;
  for (int64_t i = 0; i < layout.num_accumulation_steps(); ++i) {
    std::vector<int64_t> indices;
    for (int64_t row = 0; row < layout.micro_batch_size; ++row)
      indices.push_back(example_of(first_sample + layout.first_row(i, options_.data_rank) + row));
    const Examples examples = layer::run_user_code("reading examples", [&] { return source_->read(indices); });
    const int64_t inputs = rows_of(examples.inputs), targets = rows_of(examples.targets);
    if (inputs != layout.micro_batch_size || targets != layout.micro_batch_size) {
      throw ConfigError(format("the data set gave {} inputs and {} targets for {} examples; give one row for each",
                               inputs, targets, layout.micro_batch_size));
    }
    const bool is_real = examples.inputs.is_floating_point();
    layer::Microbatch batch;
    const at::ScalarType dtype = is_real ? options_.compute : examples.inputs.scalar_type();
    batch.inputs = engine::send_to(options_.device, examples.inputs.to(dtype));
    batch.targets = engine::send_to(options_.device, examples.targets);
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace trireme::program
