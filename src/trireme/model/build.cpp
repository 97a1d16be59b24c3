#include "trireme/model/build.h"

#include "trireme/core/check.h"
#include "trireme/layer/recompute.h"
#include "trireme/model/blocks.h"
#include "trireme/model/embedding_layer.h"
#include "trireme/model/head_layer.h"

namespace trireme::model {

namespace {

/// Null in a family without rotary positions.
std::shared_ptr<const kernels::RotaryTable> rotary_table(const arch::ModelConfig& config, const BuildOptions& options) {
  const arch::BlockShape shape = arch::block_shape(config, 0);
  if (shape.positions != arch::Positions::kRotary) return nullptr;
  return std::make_shared<const kernels::RotaryTable>(
      kernels::make_rotary_table(shape.rotary_dim, config.rope_theta, config.rope_scaling, options.max_positions,
                                 kernels::aten_device(options.device)));
}

/// A family that learns its positions has no more of them.
void check_positions(const arch::ModelConfig& config, const BuildOptions& options) {
  if (arch::block_shape(config, 0).positions != arch::Positions::kLearned) return;
  if (options.max_positions <= config.max_position_embeddings) return;
  throw ConfigError(format("{} positions are asked for, but this {} model has learned {} (max_position_embeddings)",
                           options.max_positions, config.model_type, config.max_position_embeddings));
}

}  // namespace

std::vector<std::unique_ptr<layer::Layer>> build_layers(const arch::Architecture& architecture,
                                                        const BuildOptions& options) {
  TRIREME_CHECK(options.max_positions > 0, "BuildOptions::max_positions is not set");
  const arch::ModelConfig& config = architecture.config;
  check_positions(config, options);
  const auto rotary = rotary_table(config, options);
  const bool keep_cheap = options.recompute != arch::Recompute::kSelective;

  std::vector<std::unique_ptr<layer::Layer>> layers;
  int64_t block = 0;
  for (const arch::LayerSpec& spec : architecture.layers) {
    switch (spec.kind) {
      case arch::LayerKind::kEmbedding:
        layers.push_back(std::make_unique<EmbeddingLayer>(spec, config, options.max_positions));
        break;
      case arch::LayerKind::kBlock:
        layers.push_back(make_block(
            spec, {.shape = arch::block_shape(config, block++), .rotary = rotary, .keep_cheap = keep_cheap}));
        if (options.recompute == arch::Recompute::kFull) {
          layers.back() = std::make_unique<layer::RecomputedLayer>(std::move(layers.back()));
        }
        break;
      case arch::LayerKind::kHead: layers.push_back(std::make_unique<HeadLayer>(spec, config)); break;
    }
  }
  return layers;
}

}  // namespace trireme::model
