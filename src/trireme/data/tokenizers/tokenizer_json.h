#pragma once

#include <memory>
#include <string>

#include "trireme/core/file.h"
#include "trireme/data/tokenizers/bpe_vocabulary.h"
#include "trireme/formats/json_view.h"

namespace trireme::data {

/// A Hugging Face tokenizer.json with a byte-level BPE or a WordPiece model. bos and eos come from
/// tokenizer_config.json beside it; without that file, eos is the special token with one of the usual names, if there
/// is one. The post_processor is not used: encoding adds no tokens. Throws IoError, FormatError, or ConfigError for a
/// part that is not supported.
std::unique_ptr<Tokenizer> read_tokenizer_json(const fs::path& path);

/// The same from the contents of both files; `config` is null when there is none. Messages begin with
/// `where`.
std::unique_ptr<Tokenizer> tokenizer_from_json(const formats::JsonView& tokenizer, const formats::JsonView& config,
                                               const std::string& where);

/// The same of a BPE model alone, as its vocabulary.
BpeVocabulary vocabulary_from_json(const formats::JsonView& tokenizer, const formats::JsonView& config,
                                   const std::string& where);

/// The text of a tokenizer.json that Hugging Face's tokenizers read, with merges as "a b".
/// REQUIRES: the vocabulary has merges, not ranks.
std::string tokenizer_json(const BpeVocabulary& vocabulary);

}  // namespace trireme::data
