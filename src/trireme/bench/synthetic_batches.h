#pragma once

#include "trireme/engine/batch_source.h"
#include "trireme/recipe/recipe.h"

namespace trireme::bench {

/// What the PyTorch peer feeds: step s of rank r is one stretch of synthetic tokens, cut into rows of seq_len + 1.
class SyntheticBatches final : public engine::BatchSource {
 public:
  SyntheticBatches(const recipe::Recipe& recipe, int data_rank, at::Device device)
      : recipe_(recipe), data_rank_(data_rank), device_(device) {}

  std::vector<layer::Microbatch> take(int64_t first_sample) override;

 private:
  recipe::Recipe recipe_;
  int data_rank_;
  at::Device device_;
};

}  // namespace trireme::bench
