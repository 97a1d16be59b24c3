#include "trireme/bench/peer_weights.h"

#include <array>

#include "trireme/core/error.h"

namespace trireme::bench {

namespace {

using Renaming = std::pair<std::string_view, std::string_view>;

constexpr std::array kOutside = {Renaming{"model.embed_tokens.weight", "embed.weight"},
                                 Renaming{"model.norm.weight", "norm.weight"},
                                 Renaming{"lm_head.weight", "head.weight"}};
constexpr std::array kInBlock = {Renaming{"input_layernorm.weight", "attn_norm.weight"},
                                 Renaming{"post_attention_layernorm.weight", "ffn_norm.weight"},
                                 Renaming{"self_attn.q_proj.weight", "wq.weight"},
                                 Renaming{"self_attn.k_proj.weight", "wk.weight"},
                                 Renaming{"self_attn.v_proj.weight", "wv.weight"},
                                 Renaming{"self_attn.o_proj.weight", "wo.weight"},
                                 Renaming{"mlp.gate_proj.weight", "w1.weight"},
                                 Renaming{"mlp.up_proj.weight", "w3.weight"},
                                 Renaming{"mlp.down_proj.weight", "w2.weight"}};

}  // namespace

std::string peer_name(const std::string& name) {
  for (const auto& [ours, theirs] : kOutside)
    if (name == ours) return std::string(theirs);
  constexpr std::string_view kLayers = "model.layers.";
  const size_t end = name.find('.', kLayers.size());
  if (name.starts_with(kLayers) && end != std::string::npos)
    for (const auto& [ours, theirs] : kInBlock)
      if (name.substr(end + 1) == ours)
        return format("blocks.{}.{}", name.substr(kLayers.size(), end - kLayers.size()), theirs);
  throw ConfigError(format("the PyTorch peer has no parameter {}", name));
}

engine::Trainer::Fill fill_from(std::shared_ptr<const formats::SafetensorsFile> file) {
  return [file = std::move(file)](const arch::ParameterSpec& spec, int64_t first, std::span<float> out) {
    const formats::TensorView* tensor = file->find(spec.name);
    if (tensor == nullptr) tensor = file->find(peer_name(spec.name));
    if (tensor == nullptr) throw ConfigError(format("{} has no tensor {}", file->path().string(), spec.name));
    if (tensor->shape != spec.shape)
      throw ConfigError(format("{}: {} has shape {}, the model's is {}", file->path().string(), tensor->name,
                               formats::shape_text(tensor->shape), formats::shape_text(spec.shape)));
    formats::widen_to_float(tensor->bytes, tensor->dtype, first, out);
  };
}

}  // namespace trireme::bench
