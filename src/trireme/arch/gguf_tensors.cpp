#include "trireme/arch/gguf_tensors.h"

#include <algorithm>
#include <array>
#include <regex>

#include "trireme/core/check.h"

namespace trireme::arch {

namespace {

struct Rename {
  std::string_view hf;
  std::string_view gguf;
};

constexpr std::array<Rename, 9> kBlockNames = {{{"input_layernorm", "attn_norm"},
                                                {"self_attn.q_proj", "attn_q"},
                                                {"self_attn.k_proj", "attn_k"},
                                                {"self_attn.v_proj", "attn_v"},
                                                {"self_attn.o_proj", "attn_output"},
                                                {"post_attention_layernorm", "ffn_norm"},
                                                {"mlp.gate_proj", "ffn_gate"},
                                                {"mlp.up_proj", "ffn_up"},
                                                {"mlp.down_proj", "ffn_down"}}};

constexpr std::array<Rename, 3> kTopNames = {{{"model.embed_tokens.weight", "token_embd.weight"},
                                              {"model.norm.weight", "output_norm.weight"},
                                              {"lm_head.weight", "output.weight"}}};

}  // namespace

std::string gguf_name_of(const std::string& hf_name) {
  for (const auto& [hf, gguf] : kTopNames) {
    if (hf_name == hf) return std::string(gguf);
  }
  static const std::regex kBlock(R"(model\.layers\.(\d+)\.(.+)\.weight)");
  std::smatch match;
  if (!std::regex_match(hf_name, match, kBlock)) return {};
  for (const auto& [hf, gguf] : kBlockNames) {
    if (match[2].str() == hf) return format("blk.{}.{}.weight", match[1].str(), gguf);
  }
  return {};
}

std::optional<int64_t> permuted_heads(const ModelConfig& config, const std::string& hf_name) {
  if (hf_name.ends_with(".self_attn.q_proj.weight")) return config.num_attention_heads;
  if (hf_name.ends_with(".self_attn.k_proj.weight")) return config.kv_heads();
  return std::nullopt;
}

namespace {

/// Calls move(i, j) for each row: i among adjacent pairs is j among halves.
template <class Move>
void for_each_row(int64_t rows, int64_t heads, Move move) {
  TRIREME_CHECK(rows % (2 * heads) == 0, "{} rows of {} heads", rows, heads);
  const int64_t per_head = rows / heads;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t within = row % per_head;
    move(row, row - within + within / 2 + within % 2 * (per_head / 2));
  }
}

void copy_row(std::span<const float> in, int64_t from, std::span<float> out, int64_t to, int64_t rows) {
  const int64_t columns = static_cast<int64_t>(in.size()) / rows;
  std::copy_n(in.begin() + from * columns, columns, out.begin() + to * columns);
}

}  // namespace

void unpermute_rows(std::span<const float> in, int64_t rows, int64_t heads, std::span<float> out) {
  for_each_row(rows, heads, [&](int64_t pairs, int64_t halves) { copy_row(in, pairs, out, halves, rows); });
}

void permute_rows(std::span<const float> in, int64_t rows, int64_t heads, std::span<float> out) {
  for_each_row(rows, heads, [&](int64_t pairs, int64_t halves) { copy_row(in, halves, out, pairs, rows); });
}

}  // namespace trireme::arch
