#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "trireme/data/tokenizers/word_piece.h"

namespace trireme::data {

/// A tokenizer.json whose model is WordPiece, with BertNormalizer and BertPreTokenizer; `config` is its
/// tokenizer_config.json or null. Throws ConfigError that names what is not supported, without the file, and
/// FormatError that begins with `where`.
WordPieceVocabulary word_piece_from_json(const nlohmann::json& tokenizer, const nlohmann::json& config,
                                         const std::string& where);

}  // namespace trireme::data
