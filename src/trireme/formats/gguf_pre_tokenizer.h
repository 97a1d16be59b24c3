#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace trireme::formats {

/// What GGUF's `tokenizer.ggml.pre` stands for, in the words of a tokenizer.json. Names are those of llama.cpp.
struct GgufPreTokenizer {
  nlohmann::json pre_tokenizer;
  nlohmann::json normalizer;  // null: none
  bool ignore_merges = false;
};

/// Nothing for a name that is not known.
std::optional<GgufPreTokenizer> gguf_pre_tokenizer(const std::string& name);
/// The name of these rules; nothing when GGUF has none for them.
std::optional<std::string> gguf_pre_tokenizer_name(const GgufPreTokenizer& rules);
/// "gpt-2, smollm, …", for messages.
std::string gguf_pre_tokenizer_names();

}  // namespace trireme::formats
