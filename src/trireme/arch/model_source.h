#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "trireme/arch/architecture.h"
#include "trireme/core/dtype.h"
#include "trireme/core/file.h"

namespace trireme::arch {

/// A trained model on disk, whatever its format: sizes, and parameters under the names of describe(config()).
/// Opening one checks that every parameter is there with its shape, that no tensor is left over, and that the
/// tokenizer's ids fit the vocabulary.
class ModelSource {
 public:
  virtual ~ModelSource() = default;

  const ModelConfig& config() const { return config_; }
  /// Of the stored weights; kF32 when they are quantised or mixed.
  virtual DType dtype() const = 0;
  /// Elements [first, first + out.size()) of the parameter, row-major, as fp32.
  virtual void read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const = 0;
  /// config.json of a folder that holds the weights as `dtype`.
  virtual nlohmann::json hf_config(DType dtype) const = 0;
  /// tokenizer.json and the other small files of a Hugging Face folder: name -> contents.
  virtual std::map<std::string, std::string> companion_files() const = 0;

 protected:
  ModelConfig config_;
};

/// The model that a path stands for: of a run folder or its checkpoints/ the newest complete checkpoint, else the path
/// itself. Throws IoError when it does not exist, FormatError for a folder without a model.
fs::path resolve_model(const fs::path& path);

/// A GGUF file; a Hugging Face folder with safetensors; a checkpoint, or a run folder: see resolve_model; or an adapter
/// (adapter.h), merged into the model it adapts. Throws IoError, or FormatError naming file and tensor.
std::unique_ptr<ModelSource> open_model_source(const fs::path& path);

}  // namespace trireme::arch
