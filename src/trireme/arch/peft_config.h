#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "trireme/arch/lora.h"

/// PEFT's adapter_config.json. Source: LoraConfig of https://github.com/huggingface/peft,
/// src/peft/tuners/lora/config.py.
namespace trireme::arch {

struct PeftConfig {
  Lora lora;
  std::string base;  // base_model_name_or_path: what open_model_source opens
};

/// Throws FormatError naming `source` and the key: no LoRA, or a variant of it that computes something else.
PeftConfig peft_config_from_json(const nlohmann::json& value, const std::string& source);

/// `base` is an absolute path, so that the adapter finds its model from anywhere.
nlohmann::json peft_config_to_json(const Lora& lora, const ModelConfig& config, const std::string& base);

}  // namespace trireme::arch
