#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/arch/model_config.h"
#include "trireme/core/diagnostic.h"

namespace trireme::arch {

/// Low-rank adapters: y = W x + alpha / rank B A x, of which A [rank, in] and B [out, rank] are trained and the model
/// around them is frozen. Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021.
struct Lora {
  int64_t rank = 0;  // 0: the whole model is trained
  double alpha = 16.0;
  std::vector<std::string> targets = {"all-linear"};  // as PEFT's target_modules: ends of names of modules

  bool on() const { return rank > 0; }
  double scale() const { return alpha / static_cast<double>(rank); }
  /// Is a module of this name, such as "self_attn.q_proj", adapted?
  bool adapts(std::string_view module) const;
};

/// Names of the linear modules of a block, without the layer's: what can be adapted.
std::vector<std::string> block_linears(const ModelConfig& config);
/// Those of them that `lora` adapts.
std::vector<std::string> adapted_linears(const Lora& lora, const ModelConfig& config);

/// Problems under "lora.rank" and "lora.targets". REQUIRES: lora.on(); validate(config) found no error.
Diagnostics check_lora(const Lora& lora, const ModelConfig& config);

}  // namespace trireme::arch
