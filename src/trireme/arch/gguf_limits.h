#pragma once

#include "trireme/arch/model_config.h"

/// What llama.cpp computes without a key that says so (https://github.com/ggml-org/llama.cpp, src/models).
namespace trireme::arch {

/// Puts in what a file of the model's family may leave out.
void set_gguf_defaults(ModelConfig& model);

/// gemma2: what scores are divided by the root of. 0 for other families.
double gguf_query_scalar(const ModelConfig& model);

/// Throws ConfigError, naming what is possible, for a model that its file could not say.
void check_gguf_limits(const ModelConfig& config);

}  // namespace trireme::arch
