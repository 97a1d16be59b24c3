#pragma once

#include "trireme/arch/model_source.h"
#include "trireme/formats/hf_weights.h"

namespace trireme::arch {

/// A Hugging Face folder.
class HfSource : public ModelSource {
 public:
  explicit HfSource(fs::path folder);

  DType dtype() const override;
  void read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const override;
  nlohmann::json hf_config(DType dtype) const override;
  std::map<std::string, std::string> companion_files() const override;

 private:
  fs::path folder_;
  formats::HfWeights weights_;
  std::map<std::string, std::string> names_;  // of parameters -> as the files have them
};

}  // namespace trireme::arch
