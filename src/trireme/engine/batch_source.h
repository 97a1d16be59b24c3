#pragma once

#include <vector>

#include "trireme/layer/layer.h"

namespace trireme::engine {

/// Where the step's microbatches come from.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  /// This rank's microbatches of the step whose global batch starts at sample `first_sample`: a pure function of that
  /// number, so that a resumed run needs no other position. `loss_scale` is left undefined.
  virtual std::vector<layer::Microbatch> take(int64_t first_sample) = 0;
};

/// `host` on `device`. On the way to a GPU it waits for nothing: the copy leaves from pinned memory, which PyTorch's
/// allocator keeps until the copy has run.
at::Tensor send_to(at::Device device, const at::Tensor& host);

/// A microbatch of rows that start at position 0. tokens and targets: int64 [B, S].
layer::Microbatch make_microbatch(at::Tensor tokens, at::Tensor targets);

}  // namespace trireme::engine
