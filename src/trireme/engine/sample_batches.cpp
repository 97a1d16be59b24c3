#include "trireme/engine/sample_batches.h"

#include <ATen/ATen.h>

#include "trireme/core/thread.h"

namespace trireme::engine {

static_assert(data::kNoTarget == layer::kIgnoredTarget);

SampleBatches::SampleBatches(std::shared_ptr<const data::SampleSource> source, const data::BatchLayout& layout,
                             const Options& options)
    : source_(std::move(source)), layout_(layout), options_(options) {}

std::vector<layer::Microbatch> SampleBatches::take(int64_t first_sample) {
  const bool was_read_ahead = next_.valid() && expected_ == first_sample;
  const Rows rows = was_read_ahead ? next_.get() : read(first_sample);
  expected_ = first_sample + layout_.global_batch_size;
  if (expected_ < options_.end) {
    next_ = start_thread(
        [this] { return std::async(std::launch::async, [this, first = expected_] { return read(first); }); });
  }

  std::vector<layer::Microbatch> batches;
  for (const data::Batch& microbatch : rows) batches.push_back(to_device(microbatch));
  return batches;
}

SampleBatches::Rows SampleBatches::read(int64_t first_sample) const {
  Rows rows;
  for (int64_t i = 0; i < layout_.num_accumulation_steps(); ++i) {
    const int64_t first = first_sample + layout_.first_row(i, options_.data_rank);
    rows.push_back(data::read_batch(*source_, first, layout_.micro_batch_size));
    if (options_.masking) data::mask_tokens(rows.back(), first, *options_.masking);
  }
  return rows;
}

layer::Microbatch SampleBatches::to_device(const data::Batch& rows) const {
  const auto tensor = [&](const std::vector<int64_t>& values, at::IntArrayRef shape) {
    return send_to(options_.device, at::tensor(values, at::kLong).view(shape));
  };
  const std::vector<int64_t> shape = {rows.rows, rows.seq_len};
  layer::Microbatch batch{.tokens = tensor(rows.tokens, shape),
                          .targets = tensor(rows.targets, shape),
                          .positions = tensor(rows.positions, shape),
                          .document_starts = {},
                          .loss_scale = {}};
  if (!rows.document_starts.empty()) batch.document_starts = tensor(rows.document_starts, {-1});
  return batch;
}

}  // namespace trireme::engine
