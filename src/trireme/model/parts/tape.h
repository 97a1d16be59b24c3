#pragma once

#include <utility>

#include "trireme/core/check.h"
#include "trireme/layer/layer.h"

namespace trireme::model {

using at::Tensor;

/// What a layer's parts keep from forward for backward, last in first out: backward takes in the reverse order.
class Tape {
 public:
  /// Null keeps nothing: evaluation.
  explicit Tape(layer::Saved* saved) : saved_(saved) {}

  bool keeps() const { return saved_ != nullptr; }
  void push(Tensor tensor) {
    if (keeps()) saved_->tensors.push_back(std::move(tensor));
  }
  Tensor pop() {
    TRIREME_CHECK(keeps() && !saved_->tensors.empty(), "backward takes what forward did not keep");
    Tensor tensor = std::move(saved_->tensors.back());
    saved_->tensors.pop_back();
    return tensor;
  }
  /// Without taking it; 0 is the last.
  const Tensor& peek(size_t back) const { return saved_->tensors.at(saved_->tensors.size() - 1 - back); }

 private:
  layer::Saved* saved_;
};

}  // namespace trireme::model
