#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trireme/arch/lora.h"
#include "trireme/arch/model_config.h"

namespace trireme::arch {

enum class InitKind { kNormal, kUniform, kOnes, kZeros };

/// What a parameter is to the layer that owns it, whatever its family calls it.
enum class Module {
  kNone,  // of a user's own layer
  kTokens,
  kPositions,
  kTokenTypes,
  kEmbeddingNorm,
  kInputNorm,
  kQkv,
  kQuery,
  kKey,
  kValue,
  kQueryNorm,
  kKeyNorm,
  kQueryScale,
  kOutput,
  kAttentionNorm,  // of attention's output
  kMlpInputNorm,
  kGate,
  kUp,
  kDown,
  kMlpNorm,  // of the MLP's output
  kFinalNorm,
  kTransform,
  kTransformNorm,
  kProjection,
  kPooler,
  kCount
};
bool is_norm(Module module);
/// Does it multiply by a matrix? LoRA adapts those of a block.
bool is_linear(Module module);

/// Which parameter of its module.
enum class Part { kWeight, kBias, kLoraA, kLoraB };

/// A parameter without storage, so that a 405B model can be described on a laptop.
struct ParameterSpec {
  std::string name;            // global, as in Hugging Face files: "model.layers.0.self_attn.q_proj.weight"
  std::vector<int64_t> shape;  // global
  InitKind init = InitKind::kNormal;
  double init_std = 0.0;   // of kNormal and kUniform, whose mean is 0
  bool in_matmul = false;  // multiplies every token: counts in the matmul term of FLOPs
  Module module = Module::kNone;
  Part part = Part::kWeight;
  bool frozen = false;  // keeps its first value: no gradient, no optimizer state

  int64_t numel() const;
};
/// Is it a matrix that arch::Lora added?
inline bool is_adapter(const ParameterSpec& parameter) {
  return parameter.part == Part::kLoraA || parameter.part == Part::kLoraB;
}

enum class LayerKind { kEmbedding, kBlock, kHead };

/// One entry of a model's list of layers: what FSDP gathers at once and pipelines cut between.
struct LayerSpec {
  std::string name;  // "model.embed_tokens", "model.layers.7", "head"
  LayerKind kind = LayerKind::kBlock;
  std::vector<ParameterSpec> parameters;  // a tied weight appears in both layers that use it, under one name
  double lora_scale = 0.0;                // what its adapters' outputs are multiplied by
};

/// The one truth that model/ builds from and plan/ counts with.
struct Architecture {
  ModelConfig config;
  std::vector<LayerSpec> layers;

  /// Distinct parameters (a tied weight once), in layer order.
  std::vector<ParameterSpec> parameters() const;
  int64_t num_parameters() const;
  /// Those that are not frozen.
  int64_t num_trained() const;
};

/// With `lora`, everything is frozen but its matrices, which stand behind the linears they adapt under PEFT's names:
/// "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight".
/// REQUIRES: validate(config) found no error.
Architecture describe(const ModelConfig& config, const Lora& lora = {});

}  // namespace trireme::arch
