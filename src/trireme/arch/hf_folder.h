#pragma once

#include <optional>

#include "trireme/arch/model_source.h"

namespace trireme::arch {

struct HfFolderOptions {
  std::optional<DType> dtype;  // none: as stored, quantised weights as fp32
  int64_t max_shard_bytes = 5'000'000'000;
};

/// Writes config.json, weights and companion files. The folder appears whole or not at all. Throws ConfigError when
/// `to` is not empty, IoError when it can't be written.
void write_hf_folder(const ModelSource& source, const fs::path& to, const HfFolderOptions& options);

}  // namespace trireme::arch
