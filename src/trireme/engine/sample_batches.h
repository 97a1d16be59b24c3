#pragma once

#include <future>
#include <limits>
#include <memory>
#include <optional>

#include "trireme/data/masking.h"
#include "trireme/engine/batch_source.h"

namespace trireme::engine {

/// Microbatches of a sample source. While a step runs, a thread reads the next one's rows.
class SampleBatches final : public BatchSource {
 public:
  static constexpr int64_t kNoEnd = std::numeric_limits<int64_t>::max();
  struct Options {
    int64_t data_rank = 0;  // index along the batch axis
    at::Device device = at::kCPU;
    std::optional<data::Masking> masking;  // makes rows for a masked language model
    int64_t end = kNoEnd;                  // samples from here on are not read ahead
  };
  SampleBatches(std::shared_ptr<const data::SampleSource> source, const data::BatchLayout& layout,
                const Options& options);

  std::vector<layer::Microbatch> take(int64_t first_sample) override;

 private:
  using Rows = std::vector<data::Batch>;  // one for each microbatch
  Rows read(int64_t first_sample) const;
  layer::Microbatch to_device(const data::Batch& rows) const;

  std::shared_ptr<const data::SampleSource> source_;
  data::BatchLayout layout_;
  Options options_;
  int64_t expected_ = -1;  // the first sample that `next_` reads
  std::future<Rows> next_;
};

}  // namespace trireme::engine
