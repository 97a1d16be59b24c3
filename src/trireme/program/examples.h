#pragma once

#include <memory>
#include <span>
#include <string>

#include "trireme/data/batch.h"
#include "trireme/engine/batch_source.h"

namespace trireme::program {

/// Rows of a data set: the first dimension of both counts examples, the others and the dtypes are free. Targets that
/// equal layer::kIgnoredTarget do not count.
struct Examples {
  at::Tensor inputs;
  at::Tensor targets;
};

/// A data set of tensors.
class ExampleSource {
 public:
  virtual ~ExampleSource() = default;
  virtual int64_t size() const = 0;  // at least 1
  /// These examples, in this order: one row each, in host memory.
  virtual Examples read(std::span<const int64_t> indices) const = 0;
  /// What a resumed run must find again, for example a hash of the contents.
  virtual std::string identity() const = 0;
};

/// A data set that lies in host memory. Throws ConfigError when it is empty or inputs and targets differ in number.
std::shared_ptr<const ExampleSource> in_memory(Examples examples);

/// This rank's microbatches of a data set, which is read over and over: in its own order, or in one for each epoch
/// that the seed decides. Sample i of a run is the same example in every layout.
class ExampleBatches final : public engine::BatchSource {
 public:
  struct Options {
    data::BatchLayout layout;
    int64_t data_rank = 0;  // index along the batch axis
    bool shuffled = false;
    uint64_t seed = 0;
    at::ScalarType compute = at::kFloat;  // of floating-point inputs
    at::Device device = at::kCPU;
  };
  ExampleBatches(std::shared_ptr<const ExampleSource> source, const Options& options);

  /// Throws ConfigError when the source gives another number of rows than asked for.
  std::vector<layer::Microbatch> take(int64_t first_sample) override;

 private:
  int64_t example_of(int64_t sample) const;

  std::shared_ptr<const ExampleSource> source_;
  Options options_;
};

}  // namespace trireme::program
