#pragma once

#include <memory>
#include <vector>

#include "trireme/arch/activations.h"
#include "trireme/core/dtype.h"
#include "trireme/device/device.h"
#include "trireme/layer/layer.h"

namespace trireme::model {

struct BuildOptions {
  arch::Recompute recompute = arch::Recompute::kNone;
  Device device;
  int64_t max_positions = 0;  // rows of a fixed table: seq_len in training, prompt + new tokens in generation
};

/// One Layer for each of architecture.layers, in that order, with nothing bound. The dtype of the computation
/// is that of the values bound later. Throws ConfigError for what this family can't do.
std::vector<std::unique_ptr<layer::Layer>> build_layers(const arch::Architecture& architecture,
                                                        const BuildOptions& options);

}  // namespace trireme::model
