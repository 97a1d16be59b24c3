#pragma once

#include "trireme/core/file.h"
#include "trireme/data/tokenizers/bpe_vocabulary.h"

namespace trireme::data {

/// A rank file of OpenAI's tiktoken: a line holds a token in base64, a space and its rank, which is its id. The file
/// says neither how text is cut nor which tokens are special: both are those published for the encoding that it is
/// named after (tiktoken, openai_public.py), "cl100k_base.tiktoken" or "o200k_base.tiktoken". Throws IoError,
/// FormatError naming file and line, or ConfigError for another name.
BpeVocabulary read_rank_file(const fs::path& path);

/// The same from the file's content; `encoding` is "cl100k_base" or "o200k_base". Messages begin with `where`.
BpeVocabulary vocabulary_from_ranks(std::string_view content, std::string_view encoding, const std::string& where);

}  // namespace trireme::data
