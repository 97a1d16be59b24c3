#pragma once

#include "trireme/arch/model_source.h"
#include "trireme/formats/ggml_type.h"

namespace trireme::arch {

/// Writes a model of a family of gguf_architecture.h as one GGUF file that llama.cpp reads: sizes, byte-level BPE
/// tokenizer where the source has one, matrices as `type` (F32, F16, BF16 or Q8_0), vectors and tables of positions as
/// F32. The file appears whole or not at all. Throws ConfigError when `to` exists, for a model or tokenizer that GGUF
/// has no words for here, and for values that `type` can't hold; IoError when it can't be written.
void write_gguf(const ModelSource& source, const fs::path& to, formats::GgmlType type);

/// REQUIRES: fp32, fp16 or bf16.
formats::GgmlType ggml_type_of(DType dtype);

}  // namespace trireme::arch
