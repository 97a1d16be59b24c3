#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>

#include "trireme/formats/gguf_writer.h"

namespace trireme::formats {

/// What a tokenizer_config.json says of the tokens `ids` beside the vocabulary: the ids of bos, eos, unknown and
/// padding, and the chat template. `config` is null when there is none.
void add_gguf_roles(const std::map<std::string, uint32_t>& ids, const nlohmann::json& config, GgufMetadata& metadata);

}  // namespace trireme::formats
