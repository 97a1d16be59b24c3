#pragma once

#include <map>
#include <string>

#include "trireme/arch/model_source.h"
#include "trireme/model/build.h"

namespace trireme::model {

using at::Tensor;

/// A model with every parameter whole in one process: for evaluation, generation and tests. Training at scale
/// binds the same layers to the units of parallel/ instead.
class WholeModel {
 public:
  /// Parameters are allocated in `compute`, not filled.
  WholeModel(const arch::Architecture& architecture, const BuildOptions& options, DType compute);

  const arch::Architecture& architecture() const { return architecture_; }
  at::Device device() const { return device_; }
  int64_t max_positions() const { return max_positions_; }

  void initialize(uint64_t seed);
  /// REQUIRES: source.config() is this model's.
  void load(const arch::ModelSource& source);
  /// By global name. Writable.
  const std::map<std::string, Tensor>& parameters() const { return parameters_; }
  /// Of what is not frozen, by global name, in the accumulation dtype; allocated as zeros at the first call.
  const std::map<std::string, Tensor>& gradients();

  /// Adds the loss of `batch` to `sums` without gradients.
  void evaluate(const layer::Microbatch& batch, layer::StepSums& sums);
  /// Adds the loss to `sums` and gradients, scaled by batch.loss_scale, to gradients().
  void forward_backward(const layer::Microbatch& batch, layer::StepSums& sums);

  /// Logits [B, S, V] of `batch`, of which targets and loss scale are not read.
  Tensor logits(const layer::Microbatch& batch);
  /// What those logits are made of, which never exist whole then.
  kernels::Unprojected unprojected(const layer::Microbatch& batch);
  /// One empty cache for each layer, for `batch` rows of up to max_positions() tokens.
  std::vector<layer::KvCache> make_caches(int64_t batch) const;
  /// Logits [B, S, V] of tokens [B, S] that follow those in `caches`; without caches, of whole rows.
  /// `last_only`: of the last token, [B, 1, V].
  Tensor logits(const Tensor& tokens, std::vector<layer::KvCache>* caches, bool last_only);

 private:
  /// Fills each parameter with what `read` puts into a span of fp32.
  template <class Read>
  void fill(const Read& read);
  void bind();

  arch::Architecture architecture_;
  at::Device device_;
  at::ScalarType compute_;
  int64_t max_positions_;
  std::vector<std::unique_ptr<layer::Layer>> layers_;
  std::map<std::string, Tensor> parameters_, gradients_;
};

/// Positions 0 to S - 1 in each row, int64 [B, S].
Tensor row_positions(int64_t batch, int64_t seq_len, at::Device device, int64_t first = 0);
/// Sums at zero; with row sums when `rows` > 0.
layer::StepSums make_step_sums(at::Device device, int64_t rows = 0);

}  // namespace trireme::model
