#include "trireme/arch/gguf_source.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "trireme/arch/gguf_config.h"
#include "trireme/arch/gguf_tensors.h"
#include "trireme/arch/hf_config.h"
#include "trireme/arch/source_checks.h"
#include "trireme/core/check.h"
#include "trireme/formats/ggml_values.h"
#include "trireme/formats/gguf_tokenizer.h"
#include "trireme/formats/json_file.h"

namespace trireme::arch {

using formats::GgmlType;
using formats::GgufTensor;
using nlohmann::json;

namespace {

/// Special tokens' ids under the keys of config.json and generation_config.json.
void add_token_ids(const formats::GgufFile& file, json& config) {
  const std::map<std::string, std::string> keys = {{"bos_token_id", "tokenizer.ggml.bos_token_id"},
                                                   {"eos_token_id", "tokenizer.ggml.eos_token_id"},
                                                   {"pad_token_id", "tokenizer.ggml.padding_token_id"}};
  for (const auto& [name, key] : keys) {
    if (file.has(key)) config[name] = file.integer(key);
  }
}

}  // namespace

GgufSource::GgufSource(const fs::path& path) : file_(path) {
  config_ = model_config_from_gguf(file_);
  check();
}

void GgufSource::check() const {
  const Architecture model = describe(config_);
  std::map<std::string, std::string> hf_names;
  for (const ParameterSpec& parameter : model.parameters()) hf_names[gguf_name_of(parameter.name)] = parameter.name;
  std::map<std::string, std::vector<int64_t>> found;
  for (const GgufTensor& tensor : file_.tensors()) {
    const auto entry = hf_names.find(tensor.name);
    found[entry == hf_names.end() ? tensor.name : entry->second] = tensor.shape;
  }
  check_parameters(found, model, {}, file_.path().string());
  const std::string tokens = "tokenizer.ggml.tokens";
  if (!file_.has(tokens)) return;
  const auto count = static_cast<int64_t>(file_.texts(tokens).size());
  if (count > config_.vocab_size) {
    file_.fail(tokens, format("{} tokens, but the model's vocabulary has {}", count, config_.vocab_size));
  }
}

DType GgufSource::dtype() const {
  const auto& tensors = file_.tensors();
  const auto all = [&](GgmlType type) {
    return std::all_of(tensors.begin(), tensors.end(), [&](const GgufTensor& tensor) {
      return tensor.type == type || tensor.shape.size() < 2;  // norms are fp32 in every file
    });
  };
  return all(GgmlType::kBF16) ? DType::kBF16 : all(GgmlType::kF16) ? DType::kF16 : DType::kF32;
}

void GgufSource::read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const {
  const GgufTensor* tensor = file_.find(gguf_name_of(parameter.name));
  TRIREME_CHECK(tensor != nullptr, "{} is not in {}", parameter.name, file_.path().string());
  std::vector<float> values(static_cast<size_t>(tensor->numel()));
  formats::dequantize(tensor->type, tensor->bytes, values);
  if (const auto heads = permuted_heads(config_, parameter.name)) {
    std::vector<float> rows(values.size());
    unpermute_rows(values, tensor->shape[0], *heads, rows);
    values.swap(rows);
  }
  std::copy_n(values.begin() + first, out.size(), out.begin());
}

json GgufSource::hf_config(DType dtype) const {
  json config = model_config_to_hf(config_, dtype);
  add_token_ids(file_, config);
  return config;
}

std::map<std::string, std::string> GgufSource::companion_files() const {
  if (!file_.has("tokenizer.ggml.model")) return {};
  json generation = json::object();
  add_token_ids(file_, generation);
  return {{"tokenizer.json", tokenizer_json_from_gguf(file_).dump() + "\n"},
          {"tokenizer_config.json", formats::pretty_json(tokenizer_config_from_gguf(file_))},
          {"generation_config.json", formats::pretty_json(generation)}};
}

}  // namespace trireme::arch
