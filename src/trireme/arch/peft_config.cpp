#include "trireme/arch/peft_config.h"

#include <nlohmann/json.hpp>

#include "trireme/arch/families/family.h"
#include "trireme/core/error.h"
#include "trireme/formats/json_file.h"

namespace trireme::arch {

using formats::JsonObject;
using formats::JsonView;
using nlohmann::json;

namespace {

bool is_empty(const JsonView& value) {
  return (value.is_boolean() && !value.is_true()) || value.says("none") ||
         ((value.is_array() || value.is_object()) && value.size() == 0);
}

/// What would change the numbers or hold more tensors than A and B.
void refuse_variants(const JsonObject& config) {
  if (config.text_or("peft_type", "") != "LORA") config.fail("peft_type", "is not \"LORA\", the one that is built");
  for (const char* key : {"use_rslora", "use_dora", "use_qalora", "lora_bias", "bias", "rank_pattern", "alpha_pattern",
                          "modules_to_save", "layers_to_transform", "exclude_modules", "target_parameters",
                          "layer_replication", "trainable_token_indices"}) {
    if (config.has(key) && !is_empty(config.at(key))) {
      config.fail(key, format("is {}; adapters with it are not supported", config.at(key).shown()));
    }
  }
}

std::vector<std::string> targets_of(const JsonObject& config) {
  const JsonView value = config.at("target_modules");
  if (value.says("all-linear")) return {"all-linear"};
  if (!value.is_array()) config.fail("target_modules", "is neither a list of names nor \"all-linear\"");
  std::vector<std::string> targets;
  for (const JsonView& target : value.elements()) {
    if (!target.is_string()) config.fail("target_modules", "is no list of names");
    targets.push_back(target.string());
  }
  return targets;
}

}  // namespace

PeftConfig peft_config_from_json(const json& value, const std::string& source) {
  const std::string text = value.dump();
  const JsonObject config(JsonView(text, source), source);
  refuse_variants(config);
  PeftConfig made{
      .lora = {.rank = config.integer("r"), .alpha = config.number("lora_alpha"), .targets = targets_of(config)},
      .base = config.text("base_model_name_or_path")};
  if (made.lora.rank < 1) config.fail("r", format("must be at least 1, got {}", made.lora.rank));
  if (!(made.lora.alpha > 0)) config.fail("lora_alpha", format("must be above 0, got {}", made.lora.alpha));
  return made;
}

json peft_config_to_json(const Lora& lora, const ModelConfig& config, const std::string& base) {
  const Family& family = family_of(config);
  return {{"peft_type", "LORA"},
          {"task_type", family.causal ? json("CAUSAL_LM") : json(nullptr)},
          {"base_model_name_or_path", base},
          {"r", lora.rank},
          {"lora_alpha", lora.alpha},
          {"lora_dropout", 0.0},
          {"target_modules", adapted_linears(lora, config)},
          {"fan_in_fan_out", family.transposed},
          {"bias", "none"},
          {"init_lora_weights", true},
          {"inference_mode", true}};
}

}  // namespace trireme::arch
