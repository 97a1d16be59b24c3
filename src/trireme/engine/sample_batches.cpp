#include "trireme/engine/sample_batches.h"

#include <ATen/ATen.h>

#include "trireme/core/thread.h"

namespace trireme::engine {

SampleBatches::SampleBatches(std::shared_ptr<const data::SampleSource> source, const data::BatchLayout& layout,
                             int64_t data_rank, at::Device device, std::optional<data::Masking> masking)
    : source_(std::move(source)),
      layout_(layout),
      data_rank_(data_rank),
      device_(device),
      masking_(std::move(masking)) {}

std::vector<layer::Microbatch> SampleBatches::take(int64_t first_sample) {
  const bool was_read_ahead = next_.valid() && expected_ == first_sample;
  const Rows rows = was_read_ahead ? next_.get() : read(first_sample);
  expected_ = first_sample + layout_.global_batch_size;
  next_ = start_thread(
      [this] { return std::async(std::launch::async, [this, first = expected_] { return read(first); }); });

  std::vector<layer::Microbatch> batches;
  for (const data::Batch& microbatch : rows) batches.push_back(to_device(microbatch));
  return batches;
}

SampleBatches::Rows SampleBatches::read(int64_t first_sample) const {
  Rows rows;
  for (int64_t i = 0; i < layout_.num_accumulation_steps(); ++i) {
    const int64_t first = first_sample + layout_.first_row(i, data_rank_);
    rows.push_back(data::read_batch(*source_, first, layout_.micro_batch_size));
    if (masking_) data::mask_tokens(rows.back(), first, *masking_);
  }
  return rows;
}

layer::Microbatch SampleBatches::to_device(const data::Batch& rows) const {
  const auto tensor = [&](const std::vector<int64_t>& values, at::IntArrayRef shape) {
    return at::tensor(values, at::kLong).view(shape).to(device_);
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
