#pragma once

#include <future>
#include <memory>
#include <optional>

#include "trireme/data/masking.h"
#include "trireme/engine/batch_source.h"

namespace trireme::engine {

/// Microbatches of a sample source. While a step runs, a thread reads the next one's rows.
class SampleBatches final : public BatchSource {
 public:
  /// `data_rank` is this rank's index along the batch axis. `masking` makes rows for a masked language model.
  SampleBatches(std::shared_ptr<const data::SampleSource> source, const data::BatchLayout& layout, int64_t data_rank,
                at::Device device, std::optional<data::Masking> masking = std::nullopt);

  std::vector<layer::Microbatch> take(int64_t first_sample) override;

 private:
  using Rows = std::vector<data::Batch>;  // one for each microbatch
  Rows read(int64_t first_sample) const;
  layer::Microbatch to_device(const data::Batch& rows) const;

  std::shared_ptr<const data::SampleSource> source_;
  data::BatchLayout layout_;
  int64_t data_rank_;
  at::Device device_;
  std::optional<data::Masking> masking_;
  int64_t expected_ = -1;  // the first sample that `next_` reads
  std::future<Rows> next_;
};

}  // namespace trireme::engine
