#include "trireme/model/build.h"

#include "trireme/core/check.h"
#include "trireme/layer/recompute.h"
#include "trireme/model/embedding_layer.h"
#include "trireme/model/head_layer.h"
#include "trireme/model/llama_block.h"

namespace trireme::model {

std::vector<std::unique_ptr<layer::Layer>> build_layers(const arch::Architecture& architecture,
                                                        const BuildOptions& options) {
  TRIREME_CHECK(options.max_positions > 0, "BuildOptions::max_positions is not set");
  const arch::ModelConfig& config = architecture.config;
  const auto rotary = std::make_shared<const kernels::RotaryTable>(
      kernels::make_rotary_table(config.head_size(), config.rope_theta, config.rope_scaling, options.max_positions,
                                 kernels::aten_device(options.device)));
  const bool keep_cheap = options.recompute != arch::Recompute::kSelective;

  std::vector<std::unique_ptr<layer::Layer>> layers;
  for (const arch::LayerSpec& spec : architecture.layers) {
    switch (spec.kind) {
      case arch::LayerKind::kEmbedding: layers.push_back(std::make_unique<EmbeddingLayer>(spec)); break;
      case arch::LayerKind::kBlock:
        layers.push_back(std::make_unique<LlamaBlock>(spec, config, rotary, keep_cheap));
        if (options.recompute == arch::Recompute::kFull) {
          layers.back() = std::make_unique<layer::RecomputedLayer>(std::move(layers.back()));
        }
        break;
      case arch::LayerKind::kHead: layers.push_back(std::make_unique<HeadLayer>(spec, config.rms_norm_eps)); break;
    }
  }
  return layers;
}

}  // namespace trireme::model
