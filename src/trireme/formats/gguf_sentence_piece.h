#pragma once

#include <nlohmann/json_fwd.hpp>

#include "trireme/formats/gguf.h"
#include "trireme/formats/gguf_writer.h"

/// A SentencePiece tokenizer in GGUF: model "llama", pieces with scores and kinds, as llama.cpp's converter writes it
/// (https://github.com/ggml-org/llama.cpp, conversion/base.py).
namespace trireme::formats {

/// Of a tokenizer.model and the tokenizer_config.json beside it, null when there is none, whose added tokens replace
/// pieces. Ids up to `vocab_size` that none has become unused tokens "[PAD7]". Throws FormatError, or ConfigError for
/// what is not supported; messages begin with `source`.
GgufMetadata gguf_sentence_piece_metadata(std::string_view tokenizer_model, const nlohmann::json& config,
                                          int64_t vocab_size, const std::string& source);

/// The content of a tokenizer.model. REQUIRES: tokenizer.ggml.model is "llama". Throws FormatError.
std::string sentence_piece_model_from_gguf(const GgufFile& file);

}  // namespace trireme::formats
