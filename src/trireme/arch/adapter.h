#pragma once

#include <map>
#include <string>
#include <vector>

#include "trireme/arch/architecture.h"
#include "trireme/arch/peft_config.h"
#include "trireme/core/dtype.h"
#include "trireme/core/file.h"

namespace trireme::arch {

/// A trained LoRA adapter without its model: a folder of PEFT (adapter_config.json, adapter_model.safetensors) or a
/// checkpoint of a run with [lora].
struct Adapter {
  struct Matrix {
    std::vector<int64_t> shape;
    std::vector<float> values;  // row-major
  };

  std::string source;                                  // its folder
  std::string config_json;                             // as on disk, keys that this project does not know included
  PeftConfig config;                                   // what that says
  std::map<std::string, Matrix> tensors;               // under the names of describe(config of the base, config.lora)
  std::map<std::string, std::string> companion_files;  // as ModelSource has them
};

bool holds_adapter(const fs::path& folder);

/// REQUIRES: holds_adapter(folder). Throws IoError, or FormatError naming file and tensor.
Adapter read_adapter(const fs::path& folder);

/// Writes a folder that PEFT loads, its matrices as `dtype`. It appears whole or not at all. Throws ConfigError when
/// `to` is not empty, IoError when it can't be written.
void write_peft_folder(const Adapter& adapter, const fs::path& to, DType dtype);

}  // namespace trireme::arch
