#pragma once

#include <memory>

#include "trireme/arch/block_shape.h"
#include "trireme/kernels/rotary.h"
#include "trireme/layer/layer.h"

namespace trireme::model {

struct BlockOptions {
  arch::BlockShape shape;
  std::shared_ptr<const kernels::RotaryTable> rotary;  // null where the shape has no rotary positions
  bool keep_cheap = true;  // false: norms and the MLP's product are made again in backward (selective recompute)
};

/// One block of any family. What it keeps is in arch::saved_by_block.
std::unique_ptr<layer::Layer> make_block(const arch::LayerSpec& spec, const BlockOptions& options);

}  // namespace trireme::model
