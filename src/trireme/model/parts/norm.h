#pragma once

#include "trireme/arch/block_shape.h"
#include "trireme/model/parts/bound_modules.h"
#include "trireme/model/parts/tape.h"

namespace trireme::model {

/// RMSNorm or LayerNorm over the last dimension.
class NormPart {
 public:
  struct Options {
    arch::Norm kind = arch::Norm::kRms;
    double eps = 0.0;
    bool adds_one = false;     // the weight is kept as its distance from 1
    bool output_read = false;  // backward will ask for output()
    bool keep_output = false;  // else output() makes it again
  };
  NormPart(const BoundModule& bound, const Options& options) : bound_(bound), options_(options) {}

  /// Keeps x and its statistics.
  Tensor forward(const Tensor& x, Tape& tape) const;
  /// What forward returned. Call once, right before backward.
  Tensor output(Tape& tape) const;
  /// Gradient of x, plus `dresidual` where defined: what reaches x around the norm.
  Tensor backward(const Tensor& dy, const Tensor& dresidual, Tape& tape) const;

 private:
  Tensor weight() const;

  const BoundModule& bound_;
  Options options_;
};

}  // namespace trireme::model
