#include "trireme/arch/lora.h"

#include <algorithm>

#include "trireme/arch/architecture.h"
#include "trireme/arch/families/family.h"
#include "trireme/core/format.h"

namespace trireme::arch {

namespace {

constexpr std::string_view kAllLinear = "all-linear";

/// PEFT's rule: the whole name, or its end behind a dot.
bool names(std::string_view target, std::string_view module) {
  if (target == kAllLinear || target == module) return true;
  return module.ends_with(target) && module[module.size() - target.size() - 1] == '.';
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void check_targets(const Lora& lora, const ModelConfig& config, Diagnostics& found) {
  const std::vector<std::string> linears = block_linears(config);
  if (lora.targets.empty()) found.error("lora.targets", "names no linear", "\"all-linear\" is all of a block");
  for (const std::string& target : lora.targets) {
    if (std::ranges::any_of(linears, [&](const std::string& linear) { return names(target, linear); })) continue;
    found.error("lora.targets",
                format("\"{}\" is no linear of a {} block, which has {}", target, config.model_type, joined(linears)));
  }
}

/// A matrix of more rank than its smaller side is no low-rank one.
void check_rank(const Lora& lora, const ModelConfig& config, Diagnostics& found) {
  for (const LayerSpec& layer : describe(config, lora).layers) {
    for (const ParameterSpec& parameter : layer.parameters) {
      if (!is_adapter(parameter)) continue;
      const int64_t width = parameter.shape[parameter.part == Part::kLoraA ? 1 : 0];
      if (lora.rank <= width) continue;
      found.error("lora.rank", format("{} is above {}, a width of {}", lora.rank, width, parameter.name));
      return;
    }
  }
}

}  // namespace

bool Lora::adapts(std::string_view module) const {
  return on() && std::ranges::any_of(targets, [&](const std::string& target) { return names(target, module); });
}

std::vector<std::string> block_linears(const ModelConfig& config) {
  const Family& family = family_of(config);
  std::vector<std::string> linears;
  for (const auto& [module, name] : family.block) {
    if (is_linear(module) && family.has(module, config)) linears.emplace_back(name);
  }
  return linears;
}

std::vector<std::string> adapted_linears(const Lora& lora, const ModelConfig& config) {
  std::vector<std::string> linears = block_linears(config);
  std::erase_if(linears, [&](const std::string& linear) { return !lora.adapts(linear); });
  return linears;
}

Diagnostics check_lora(const Lora& lora, const ModelConfig& config) {
  Diagnostics found;
  check_targets(lora, config, found);
  check_rank(lora, config, found);
  return found;
}

}  // namespace trireme::arch
