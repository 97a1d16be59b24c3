#pragma once

#include "support/gguf_builder.h"

namespace trireme::test {

/// A Llama of one layer: hidden 8, 2 heads, 1 key-value head, ffn 12, a vocabulary of 6. Element i of a tensor is i.
struct TinyGguf {
  GgufBuilder file;

  static TinyGguf metadata_only() {
    TinyGguf tiny;
    tiny.file.text("general.architecture", "llama").u32("llama.embedding_length", 8).u32("llama.block_count", 1);
    tiny.file.u32("llama.feed_forward_length", 12).u32("llama.attention.head_count", 2);
    tiny.file.u32("llama.attention.head_count_kv", 1).u32("llama.context_length", 32);
    tiny.file.f32("llama.attention.layer_norm_rms_epsilon", 1e-5f).f32("llama.rope.freq_base", 1e5f);
    return tiny;
  }

  TinyGguf& tokenizer(const std::vector<std::string>& tokens) {
    file.text("tokenizer.ggml.model", "gpt2")
        .text("tokenizer.ggml.pre", "smollm")
        .texts("tokenizer.ggml.tokens", tokens);
    file.i32s("tokenizer.ggml.token_type", std::vector<int32_t>(tokens.size(), 1))
        .texts("tokenizer.ggml.merges", {"a b"});
    file.u32("tokenizer.ggml.eos_token_id", 0);
    return *this;
  }

  TinyGguf& ramp(const std::string& name, std::vector<uint64_t> shape) {
    size_t count = 1;
    for (const uint64_t size : shape) count *= size;
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
    file.floats(name, std::move(shape), values);
    return *this;
  }

  /// All tensors but `without`.
  TinyGguf& tensors(const std::string& without = {}) {
    const std::vector<std::pair<std::string, std::vector<uint64_t>>> all = {
        {"token_embd.weight", {6, 8}},        {"output_norm.weight", {8}},       {"blk.0.attn_norm.weight", {8}},
        {"blk.0.attn_q.weight", {8, 8}},      {"blk.0.attn_k.weight", {4, 8}},   {"blk.0.attn_v.weight", {4, 8}},
        {"blk.0.attn_output.weight", {8, 8}}, {"blk.0.ffn_norm.weight", {8}},    {"blk.0.ffn_gate.weight", {12, 8}},
        {"blk.0.ffn_up.weight", {12, 8}},     {"blk.0.ffn_down.weight", {8, 12}}};
    for (const auto& [name, shape] : all) {
      if (name != without) ramp(name, shape);
    }
    return *this;
  }

  static TinyGguf whole() {
    TinyGguf tiny = metadata_only();
    return tiny.tokenizer({"a", "b", "ab"}).tensors();
  }
};

}  // namespace trireme::test
