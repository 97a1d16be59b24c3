#include "trireme/arch/adapter.h"

#include <nlohmann/json.hpp>

#include "trireme/arch/checkpoint_source.h"
#include "trireme/arch/hf_config.h"
#include "trireme/arch/source_checks.h"
#include "trireme/core/error.h"
#include "trireme/formats/checkpoint_reader.h"
#include "trireme/formats/json_file.h"
#include "trireme/formats/new_folder.h"
#include "trireme/formats/safetensors.h"

namespace trireme::arch {

namespace {

constexpr const char* kConfigName = "adapter_config.json";
constexpr const char* kWeightsName = "adapter_model.safetensors";

/// An adapter without its matrices.
Adapter configured(const fs::path& folder, const std::string& config_json, const std::string& config_source) {
  return {folder.string(),
          config_json,
          peft_config_from_json(formats::parse_json(config_json, config_source), config_source),
          {},
          {}};
}

Adapter read_peft_folder(const fs::path& folder) {
  const fs::path config = folder / kConfigName;
  Adapter adapter = configured(folder, read_file(config), config.string());
  const formats::SafetensorsFile file(folder / kWeightsName);
  for (const formats::TensorView& tensor : file.tensors()) {
    check_weight_dtype(tensor, file.path().string());
    Adapter::Matrix& matrix = adapter.tensors[tensor.name];
    matrix = {tensor.shape, std::vector<float>(static_cast<size_t>(tensor.numel()))};
    formats::widen_to_float(tensor.bytes, tensor.dtype, 0, matrix.values);
  }
  return adapter;
}

Adapter read_checkpoint(const fs::path& folder) {
  const formats::CheckpointReader reader(folder);
  const formats::TrainingState& state = reader.manifest().state;
  const std::string manifest = (folder / formats::kManifestName).string();
  Adapter adapter = configured(folder, state.adapter_config, manifest + ": adapter_config");
  const std::string source = manifest + ": model_config";
  const ModelConfig model = model_config_from_hf(formats::parse_json(state.model_config, source), source);
  for (const ParameterSpec& parameter : describe(model, adapter.config.lora).parameters()) {
    if (!is_adapter(parameter)) continue;
    Adapter::Matrix& matrix = adapter.tensors[parameter.name];
    matrix = {parameter.shape, std::vector<float>(static_cast<size_t>(parameter.numel()))};
    read_parameter(reader, parameter, 0, matrix.values);
  }
  adapter.companion_files = tokenizer_files(folder);
  return adapter;
}

}  // namespace

bool holds_adapter(const fs::path& folder) {
  if (fs::exists(folder / kConfigName)) return !fs::exists(folder / "config.json");
  return fs::exists(folder / formats::kManifestName) && !formats::read_manifest(folder).state.adapter_config.empty();
}

Adapter read_adapter(const fs::path& folder) {
  return fs::exists(folder / kConfigName) ? read_peft_folder(folder) : read_checkpoint(folder);
}

void write_peft_folder(const Adapter& adapter, const fs::path& to, DType dtype) {
  formats::NewFolder folder(to);
  write_file_atomic(folder.path() / kConfigName,
                    formats::pretty_json(formats::parse_json(adapter.config_json, adapter.source)));
  for (const auto& [name, text] : adapter.companion_files) write_file_atomic(folder.path() / name, text);
  std::vector<formats::TensorInfo> tensors;
  for (const auto& [name, matrix] : adapter.tensors) tensors.push_back({name, dtype, matrix.shape});
  formats::SafetensorsWriter writer(folder.path() / kWeightsName, tensors, {{"format", "pt"}});
  std::vector<std::byte> packed;
  for (const auto& [name, matrix] : adapter.tensors) {
    packed.resize(matrix.values.size() * static_cast<size_t>(size_of(dtype)));
    formats::narrow_from_float(matrix.values, dtype, packed);
    writer.write(packed);
  }
  writer.finish();
  folder.commit();
}

}  // namespace trireme::arch
