#pragma once

#include "trireme/arch/model_config.h"
#include "trireme/formats/gguf.h"
#include "trireme/formats/gguf_writer.h"

/// Sizes of Llama-family models in GGUF.
namespace trireme::arch {

/// From the metadata of a file whose `general.architecture` is llama or mistral. A llama with a sliding window is a
/// mistral: GGUF has one name for both. Throws FormatError naming file and key.
ModelConfig model_config_from_gguf(const formats::GgufFile& file);

/// The metadata of such a file: `general.architecture` llama, as llama.cpp writes both. Throws ConfigError for another
/// family, and for Llama 3.1's frequency factors.
formats::GgufMetadata gguf_metadata_of(const ModelConfig& config);

}  // namespace trireme::arch
