#pragma once

#include <functional>

#include "trireme/arch/block_shape.h"
#include "trireme/model/parts/bound_modules.h"
#include "trireme/model/parts/tape.h"

namespace trireme::model {

/// Gives the input of a part once more, when backward needs it.
using InputAgain = std::function<Tensor()>;

/// down(act(up x)), or down(act(gate x) * up x).
class MlpPart {
 public:
  /// `keep_cheap` false: the input of `down` is made again in backward.
  MlpPart(const BoundModules& modules, const arch::BlockShape& shape, bool keep_cheap)
      : modules_(modules), shape_(shape), keep_cheap_(keep_cheap) {}

  /// `residual` is added where it is defined.
  Tensor forward(Tensor x, const Tensor& residual, Tape& tape) const;
  /// Gradient of x.
  Tensor backward(const Tensor& dy, const InputAgain& input, Tape& tape, layer::WeightGradQueue& weight_grads) const;

 private:
  Linear linear(arch::Module module) const { return {modules_[module], shape_.transposed}; }
  Tensor product(const Tensor& gate, const Tensor& up) const;

  const BoundModules& modules_;
  const arch::BlockShape& shape_;
  bool keep_cheap_;
};

}  // namespace trireme::model
