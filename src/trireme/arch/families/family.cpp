#include "trireme/arch/families/family.h"

#include <algorithm>
#include <array>

#include "trireme/arch/families/all.h"
#include "trireme/core/check.h"

namespace trireme::arch {

std::span<const Family* const> families() {
  static const std::array all = {&llama(),    &mistral(), &qwen2(), &qwen3(),         &gemma2(), &gpt2(),
                                 &gpt_neox(), &mpt(),     &bert(),  &megatron_bert(), &esm(),    &praxis()};
  return all;
}

const Family* find_family(std::string_view model_type) {
  for (const Family* family : families()) {
    if (family->model_type == model_type) return family;
  }
  return nullptr;
}

const Family& family_of(const ModelConfig& config) {
  const Family* family = find_family(config.model_type);
  TRIREME_CHECK(family != nullptr, "model_type {}", config.model_type);
  return *family;
}

bool has_module(const ModuleNames& names, Module module) {
  return std::ranges::any_of(names, [&](const auto& entry) { return entry.first == module; });
}

double norm_eps(const ModelConfig& config) {
  return family_of(config).norm == Norm::kRms ? config.rms_norm_eps : config.layer_norm_eps;
}

std::string_view activation_name(const ModelConfig& config) {
  return config.hidden_act.empty() ? family_of(config).hidden_act : std::string_view(config.hidden_act);
}

std::optional<Activation> activation_from_name(std::string_view name) {
  if (name == "silu" || name == "swish") return Activation::kSilu;
  if (name == "gelu") return Activation::kGelu;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh") return Activation::kGeluTanh;
  return std::nullopt;
}

}  // namespace trireme::arch
