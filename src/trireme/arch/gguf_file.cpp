#include "trireme/arch/gguf_file.h"

#include <nlohmann/json.hpp>

#include "trireme/arch/gguf_config.h"
#include "trireme/arch/gguf_tensors.h"
#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/formats/ggml_values.h"
#include "trireme/formats/gguf_sentence_piece.h"
#include "trireme/formats/gguf_tokenizer_metadata.h"
#include "trireme/formats/gguf_writer.h"
#include "trireme/formats/json_file.h"
#include "trireme/formats/tensor_view.h"

namespace trireme::arch {

using formats::GgmlType;
using formats::GgufMetadata;
using formats::GgufTensorInfo;
using nlohmann::json;

namespace {

/// `general.file_type`: what most tensors are (llama.h, enum llama_ftype).
uint32_t file_type_of(GgmlType type) {
  switch (type) {
    case GgmlType::kF32: return 0;
    case GgmlType::kF16: return 1;
    case GgmlType::kQ8_0: return 7;
    case GgmlType::kBF16: return 32;
    default: TRIREME_CHECK(false, "{} can't be written", formats::ggml_type_name(type));
  }
}

GgufMetadata tokenizer_metadata(const ModelSource& source, const std::string& to) {
  const auto files = source.companion_files();
  json config;
  if (files.contains("tokenizer_config.json")) {
    config = formats::parse_json(files.at("tokenizer_config.json"), "tokenizer_config.json");
    if (files.contains("chat_template.jinja")) config["chat_template"] = files.at("chat_template.jinja");
  }
  const int64_t vocab_size = source.config().vocab_size;
  // Beside it a tokenizer.json says the same without the scores.
  if (files.contains("tokenizer.model")) {
    return formats::gguf_sentence_piece_metadata(files.at("tokenizer.model"), config, vocab_size,
                                                 format("{}: tokenizer.model of the source", to));
  }
  if (!files.contains("tokenizer.json")) return {};
  const std::string where = format("{}: tokenizer.json of the source", to);
  return formats::gguf_tokenizer_metadata(formats::JsonView(files.at("tokenizer.json"), where), config, vocab_size,
                                          where);
}

std::vector<GgufTensorInfo> tensor_infos(const Architecture& model, GgmlType type) {
  const int64_t block = formats::ggml_block(type).elements;
  const std::map<std::string, std::string> names = gguf_names(model);
  std::vector<GgufTensorInfo> infos;
  for (const ParameterSpec& parameter : model.parameters()) {
    const bool matrix = !gguf_is_fp32(parameter);
    std::vector<int64_t> shape = gguf_shape(model.config, parameter, parameter.shape);
    if (matrix && shape.back() % block != 0) {
      throw ConfigError(
          format("{}: rows of {} values are no whole number of {}'s blocks of {}; choose --dtype fp16 or "
                 "bf16",
                 parameter.name, shape.back(), formats::ggml_type_name(type), block));
    }
    infos.push_back({names.at(parameter.name), matrix ? type : GgmlType::kF32, std::move(shape)});
  }
  return infos;
}

/// The parameter's values as GGUF has them.
std::vector<float> read_values(const ModelSource& source, const ParameterSpec& parameter) {
  std::vector<float> values(static_cast<size_t>(parameter.numel()));
  source.read(parameter, 0, values);
  return to_gguf(source.config(), parameter, std::move(values));
}

}  // namespace

void write_gguf(const ModelSource& source, const fs::path& to, GgmlType type) {
  if (fs::exists(to)) throw ConfigError(format("{} is there already; choose another name, or remove it", to.string()));
  GgufMetadata metadata = gguf_metadata_of(source.config());
  metadata.emplace_back("general.file_type", file_type_of(type));
  metadata.emplace_back("general.quantization_version", uint32_t{2});  // GGML_QNT_VERSION
  for (auto& entry : tokenizer_metadata(source, to.string())) metadata.push_back(std::move(entry));
  const Architecture model = describe(source.config());
  const std::vector<ParameterSpec> parameters = model.parameters();
  const std::vector<GgufTensorInfo> infos = tensor_infos(model, type);
  if (to.has_parent_path()) make_folders(to.parent_path());
  formats::GgufWriter writer(to, metadata, infos);
  std::vector<std::byte> bytes;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::vector<float> values = read_values(source, parameters[i]);
    bytes.resize(static_cast<size_t>(infos[i].num_bytes()));
    try {
      formats::quantize(infos[i].type, values, bytes);
    } catch (const ConfigError& problem) {
      throw ConfigError(format("{}: {}", parameters[i].name, problem.what()));
    }
    writer.write(bytes);
  }
  writer.finish();
  fsync_path(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

GgmlType ggml_type_of(DType dtype) {
  switch (dtype) {
    case DType::kF32: return GgmlType::kF32;
    case DType::kF16: return GgmlType::kF16;
    case DType::kBF16: return GgmlType::kBF16;
    default: TRIREME_CHECK(false, "weights are written as fp32, fp16 or bf16, not {}", name_of(dtype));
  }
}

}  // namespace trireme::arch
