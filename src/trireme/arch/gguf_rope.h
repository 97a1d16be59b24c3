#pragma once

#include "trireme/arch/model_config.h"
#include "trireme/formats/gguf.h"
#include "trireme/formats/gguf_writer.h"

/// Rotary embeddings in GGUF's metadata. `prefix` is "ARCHITECTURE.".
namespace trireme::arch {

/// GGUF stores 1e-5 as an fp32. The decimal that was meant is the shortest one that gives that fp32.
double gguf_decimal(const formats::GgufFile& file, const std::string& key);

/// The part of a head that is turned, and the scaling. Throws FormatError for what is not supported.
void read_gguf_rope(const formats::GgufFile& file, const std::string& prefix, ModelConfig& model);
void write_gguf_rope(const ModelConfig& config, const std::string& prefix, formats::GgufMetadata& metadata);

}  // namespace trireme::arch
