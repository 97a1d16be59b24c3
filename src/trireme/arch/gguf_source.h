#pragma once

#include "trireme/arch/model_source.h"
#include "trireme/formats/gguf.h"

namespace trireme::arch {

/// A GGUF file. Its tokenizer, where it has one, becomes tokenizer.json.
class GgufSource : public ModelSource {
 public:
  explicit GgufSource(const fs::path& path);

  DType dtype() const override;
  void read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const override;
  nlohmann::json hf_config(DType dtype) const override;
  std::map<std::string, std::string> companion_files() const override;

 private:
  void check() const;

  formats::GgufFile file_;
};

}  // namespace trireme::arch
