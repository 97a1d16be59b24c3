#pragma once

#include "trireme/arch/model_config.h"
#include "trireme/formats/gguf.h"
#include "trireme/formats/gguf_writer.h"

/// A model's sizes in GGUF: one table of keys, read and written.
namespace trireme::arch {

/// From the metadata of a file whose `general.architecture` is one of gguf_architecture.h, and from which tensors it
/// has. A llama with a sliding window is a mistral: GGUF has one name for both. Throws FormatError naming file and key.
ModelConfig model_config_from_gguf(const formats::GgufFile& file);

/// The metadata of such a file. Throws ConfigError for another family, and for what llama.cpp would compute differently
/// from these keys.
formats::GgufMetadata gguf_metadata_of(const ModelConfig& config);

}  // namespace trireme::arch
