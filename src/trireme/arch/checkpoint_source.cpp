#include "trireme/arch/checkpoint_source.h"

#include <nlohmann/json.hpp>

#include "trireme/arch/hf_config.h"
#include "trireme/arch/source_checks.h"
#include "trireme/core/error.h"
#include "trireme/formats/json_file.h"
#include "trireme/formats/tensor_view.h"

namespace trireme::arch {

using nlohmann::json;

CheckpointSource::CheckpointSource(const fs::path& folder) : reader_(folder) {
  const std::string source = (folder / formats::kManifestName).string();
  const std::string& config = reader_.manifest().state.model_config;
  if (config.empty()) throw FormatError(format("{}: has no model_config: not a model that can be exported", source));
  config_ = model_config_from_hf(formats::parse_json(config, source + ": model_config"), source + ": model_config");
  const Architecture model = describe(config_);
  std::set<std::string> wanted, others;
  for (const ParameterSpec& parameter : model.parameters()) wanted.insert(parameter.name);
  std::map<std::string, std::vector<int64_t>> found;
  for (const auto& [name, tensor] : reader_.manifest().tensors) {
    found[name] = tensor.shape;
    if (!wanted.contains(name)) others.insert(name);
  }
  check_parameters(found, model, others, source);
}

DType CheckpointSource::dtype() const { return DType::kF32; }

void CheckpointSource::read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const {
  read_parameter(reader_, parameter, first, out);
}

json CheckpointSource::hf_config(DType dtype) const { return model_config_to_hf(config_, dtype); }

std::map<std::string, std::string> CheckpointSource::companion_files() const {
  return tokenizer_files(reader_.folder());
}

void read_parameter(const formats::CheckpointReader& reader, const ParameterSpec& parameter, int64_t first,
                    std::span<float> out) {
  formats::StatePiece piece;
  piece.name = parameter.name;
  piece.shape = parameter.shape;
  const auto& tensors = reader.manifest().tensors;
  if (const auto found = tensors.find(parameter.name); found != tensors.end()) piece.dtype = found->second.dtype;
  piece.first = first;
  std::vector<std::byte> bytes(out.size() * static_cast<size_t>(size_of(piece.dtype)));
  piece.bytes = bytes;
  reader.read(std::span(&piece, 1));
  formats::widen_to_float(bytes, piece.dtype, 0, out);
}

std::map<std::string, std::string> tokenizer_files(const fs::path& checkpoint) {
  std::map<std::string, std::string> files;
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "generation_config.json"}) {
    const fs::path path = checkpoint / name;
    if (fs::exists(path)) files[name] = read_file(path);
  }
  return files;
}

}  // namespace trireme::arch
