#pragma once

#include "trireme/arch/model_source.h"
#include "trireme/formats/checkpoint_reader.h"

namespace trireme::arch {

/// The parameters of a checkpoint of ours; its optimizer state is left alone.
class CheckpointSource : public ModelSource {
 public:
  /// `folder` holds manifest.json.
  explicit CheckpointSource(const fs::path& folder);

  DType dtype() const override;
  void read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const override;
  nlohmann::json hf_config(DType dtype) const override;
  std::map<std::string, std::string> companion_files() const override;

 private:
  formats::CheckpointReader reader_;
};

/// Elements [first, first + out.size()) of the parameter, as fp32. Throws as CheckpointReader::read.
void read_parameter(const formats::CheckpointReader& reader, const ParameterSpec& parameter, int64_t first,
                    std::span<float> out);
/// What a checkpoint folder holds of a tokenizer: name -> contents.
std::map<std::string, std::string> tokenizer_files(const fs::path& checkpoint);

}  // namespace trireme::arch
