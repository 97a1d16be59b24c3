#pragma once

#include <map>
#include <string>
#include <vector>

#include "trireme/arch/architecture.h"

/// Names and order of a model's tensors in GGUF, as llama.cpp's converter writes them
/// (https://github.com/ggml-org/llama.cpp, conversion/ and gguf-py/gguf/constants.py).
namespace trireme::arch {

/// "model.layers.3.self_attn.q_proj.weight" -> "blk.3.attn_q.weight", for each parameter.
/// REQUIRES: a family of gguf_architecture.h.
std::map<std::string, std::string> gguf_names(const Architecture& model);

/// Tables of positions and what is no matrix stay fp32, whatever the file's type.
bool gguf_is_fp32(const ParameterSpec& parameter);

/// From Hugging Face's shape to GGUF's, and back: its linears are [out, in] in every family.
std::vector<int64_t> gguf_shape(const ModelConfig& config, const ParameterSpec& parameter, std::vector<int64_t> shape);

/// The whole parameter in GGUF's order. Rows of a Llama's q and k are stored for rotary embeddings of adjacent pairs,
/// those of query, key and value in one weight third after third, and norms that add one with it added.
std::vector<float> to_gguf(const ModelConfig& config, const ParameterSpec& parameter, std::vector<float> values);
/// The reverse.
std::vector<float> from_gguf(const ModelConfig& config, const ParameterSpec& parameter, std::vector<float> values);

}  // namespace trireme::arch
