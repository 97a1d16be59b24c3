#pragma once

#include "trireme/core/file.h"
#include "trireme/data/tokenizers/bpe_vocabulary.h"

namespace trireme::data {

/// The tokenizer in a GGUF file's metadata; kind "gpt2" (byte-level BPE) only. It is the one that the
/// tokenizer.json written by `trireme convert` describes. Throws IoError, FormatError, or ConfigError for
/// what is not supported.
BpeVocabulary read_gguf_vocabulary(const fs::path& path);

}  // namespace trireme::data
