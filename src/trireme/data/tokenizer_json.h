#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "trireme/core/file.h"
#include "trireme/data/bpe_vocabulary.h"

namespace trireme::data {

/// A Hugging Face tokenizer.json with a byte-level BPE model. bos and eos come from tokenizer_config.json
/// beside it; without that file, eos is the special token with one of the usual names, if there is one. The
/// post_processor is not used: encoding adds no tokens. Throws IoError, FormatError, or ConfigError for a
/// part that is not supported.
BpeVocabulary read_tokenizer_json(const fs::path& path);

/// The same from the contents of both files; `config` is null when there is none. Messages begin with
/// `where`.
BpeVocabulary vocabulary_from_json(const nlohmann::json& tokenizer, const nlohmann::json& config,
                                   const std::string& where);

/// The text of a tokenizer.json that Hugging Face's tokenizers read, with merges as "a b".
std::string tokenizer_json(const BpeVocabulary& vocabulary);

}  // namespace trireme::data
