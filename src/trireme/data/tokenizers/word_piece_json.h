#pragma once

#include <string>

#include "trireme/data/tokenizers/word_piece.h"
#include "trireme/formats/json_view.h"

namespace trireme::data {

/// A tokenizer.json whose model is WordPiece, with BertNormalizer and BertPreTokenizer; `config` is its
/// tokenizer_config.json or null. Throws ConfigError that names what is not supported, without the file, and
/// FormatError that begins with `where`.
WordPieceVocabulary word_piece_from_json(const formats::JsonView& tokenizer, const formats::JsonView& config,
                                         const std::string& where);

}  // namespace trireme::data
