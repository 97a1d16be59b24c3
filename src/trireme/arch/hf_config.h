#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "trireme/arch/model_config.h"
#include "trireme/core/dtype.h"
#include "trireme/core/file.h"

/// Hugging Face's config.json. docs/formats/safetensors-and-gguf.md lists the keys.
namespace trireme::arch {

/// Reads both generations: `rope_parameters`, `dtype` (transformers 5) and `rope_theta`, `rope_scaling`, `torch_dtype`.
/// An absent optional key means what it means to transformers. `source` names the file in errors.
/// Throws FormatError naming source and key, for a missing size and for what this project would compute differently:
/// an unknown model_type, dropout, biases, another activation, quantised weights, other rope types.
ModelConfig model_config_from_hf(const nlohmann::json& config, const std::string& source);
/// FOLDER/config.json.
ModelConfig read_hf_config(const fs::path& folder);

/// As the family's published configs write it: `rope_theta`, `rope_scaling`, `torch_dtype`. Every transformers reads
/// it.
nlohmann::json model_config_to_hf(const ModelConfig& config, DType dtype);

}  // namespace trireme::arch
