#pragma once

#include <nlohmann/json_fwd.hpp>

#include "trireme/formats/gguf.h"

/// The tokenizer inside a GGUF file, in the layout of Hugging Face's files. Byte-level BPE with the pre-tokenizers
/// of gguf_pre_tokenizer.h; any other is a FormatError naming it.
namespace trireme::formats {

/// tokenizer.json: `model` (BPE: vocab, merges), `added_tokens`, `pre_tokenizer`, `decoder`, `post_processor`.
nlohmann::json tokenizer_json_from_gguf(const GgufFile& file);

/// tokenizer_config.json: the special tokens by role, chat template, class.
nlohmann::json tokenizer_config_from_gguf(const GgufFile& file);

}  // namespace trireme::formats
