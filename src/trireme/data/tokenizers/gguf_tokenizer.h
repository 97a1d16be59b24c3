#pragma once

#include <memory>

#include "trireme/core/file.h"
#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// The tokenizer in a GGUF file's metadata, of kind "gpt2" (byte-level BPE) or "llama" (SentencePiece): the one that
/// the tokenizer.json or tokenizer.model written by `trireme convert` describes. Throws IoError, FormatError, or
/// ConfigError for what is not supported.
std::unique_ptr<Tokenizer> read_gguf_tokenizer(const fs::path& path);

}  // namespace trireme::data
