#include "trireme/arch/block_shape.h"

#include <cmath>

#include "trireme/arch/families/family.h"

namespace trireme::arch {

BlockShape block_shape(const ModelConfig& config, int64_t layer) {
  const Family& family = family_of(config);
  const bool sees_window = family.windowed && (!family.alternating_windows || layer % 2 == 0);
  const Positions positions = config.alibi ? Positions::kAlibi : family.positions;
  const auto turned = static_cast<int64_t>(static_cast<double>(config.head_size()) * config.partial_rotary_factor);
  return {
      .wiring = family.wiring == Wiring::kParallel && !config.use_parallel_residual ? Wiring::kPreNorm : family.wiring,
      .norm = family.norm,
      .norm_eps = norm_eps(config),
      .norm_adds_one = family.norm_adds_one,
      .hidden = config.hidden_size,
      .intermediate = config.intermediate_size,
      .heads = config.num_attention_heads,
      .kv_heads = config.kv_heads(),
      .head_dim = config.head_size(),
      .qkv = family.qkv,
      .transposed = family.transposed,
      .qk_norm = has_module(family.block, Module::kQueryNorm),
      .query_scale = has_module(family.block, Module::kQueryScale),
      .positions = positions,
      .rotary_dim = positions == Positions::kRotary ? turned : 0,
      .causal = family.causal,
      .window = sees_window ? config.sliding_window : 0,
      .score_scale = config.query_pre_attn_scalar > 0 ? 1.0 / std::sqrt(config.query_pre_attn_scalar) : 0.0,
      .softcap = config.attn_logit_softcapping,
      .gated = family.gated,
      .activation = *activation_from_name(activation_name(config))};
}

}  // namespace trireme::arch
