#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "trireme/formats/gguf_writer.h"
#include "trireme/formats/json_view.h"

namespace trireme::formats {

/// The keys `tokenizer.*` of a GGUF file, kind "gpt2" (byte-level BPE), from tokenizer.json and tokenizer_config.json;
/// `config` is null when there is none. Ids that no token has, up to `vocab_size`, become unused tokens "[PAD7]".
/// Without a config, eos is the special token with one of the usual names. Throws FormatError, beginning with `source`,
/// for a tokenizer that GGUF has no words for. The reverse of gguf_tokenizer.h.
GgufMetadata gguf_tokenizer_metadata(const JsonView& tokenizer, const nlohmann::json& config, int64_t vocab_size,
                                     const std::string& source);

}  // namespace trireme::formats
