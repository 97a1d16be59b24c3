#pragma once

#include "trireme/arch/model_source.h"
#include "trireme/formats/gguf.h"

namespace trireme::arch {

/// A GGUF file. Its tokenizer, where it has one, becomes tokenizer.json, or tokenizer.model for
/// SentencePiece.
class GgufSource : public ModelSource {
 public:
  explicit GgufSource(const fs::path& path);

  DType dtype() const override;
  void read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const override;
  nlohmann::json hf_config(DType dtype) const override;
  std::map<std::string, std::string> companion_files() const override;

 private:
  struct Stored {
    ParameterSpec parameter;
    const formats::GgufTensor* tensor;
  };
  void find_parameters();
  void check_tokens() const;

  formats::GgufFile file_;
  std::map<std::string, Stored> stored_;  // by the parameter's name
};

}  // namespace trireme::arch
