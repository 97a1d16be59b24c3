#pragma once

#include <optional>
#include <span>
#include <string>

#include "trireme/arch/model_config.h"

/// Names and row order of a Llama-family model's tensors in GGUF.
namespace trireme::arch {

/// "model.layers.3.self_attn.q_proj.weight" -> "blk.3.attn_q.weight". Empty for a name that GGUF has no word for.
std::string gguf_name_of(const std::string& hf_name);

/// Heads of a projection whose rows GGUF stores for rotary embeddings of adjacent pairs: q and k. None for others.
std::optional<int64_t> permuted_heads(const ModelConfig& config, const std::string& hf_name);

/// From adjacent pairs to Hugging Face's halves: within each head's n rows, row 2i goes to i and row 2i + 1 to n/2 + i.
/// REQUIRES: rows divides by 2 * heads; both hold rows * columns values and don't overlap.
void unpermute_rows(std::span<const float> in, int64_t rows, int64_t heads, std::span<float> out);
/// The reverse.
void permute_rows(std::span<const float> in, int64_t rows, int64_t heads, std::span<float> out);

}  // namespace trireme::arch
