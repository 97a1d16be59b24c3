#include "trireme/arch/gguf_source.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "trireme/arch/gguf_config.h"
#include "trireme/arch/gguf_tensors.h"
#include "trireme/arch/hf_config.h"
#include "trireme/arch/source_checks.h"
#include "trireme/core/check.h"
#include "trireme/formats/ggml_values.h"
#include "trireme/formats/gguf_sentence_piece.h"
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
  find_parameters();
  check_tokens();
}

void GgufSource::find_parameters() {
  const Architecture model = describe(config_);
  const std::map<std::string, std::string> names = gguf_names(model);
  std::map<std::string, std::vector<int64_t>> found;
  for (const GgufTensor& tensor : file_.tensors()) {
    if (names.contains(tensor.name)) file_.fail(tensor.name, "is Hugging Face's name, which no tensor has in GGUF");
    found[tensor.name] = tensor.shape;
  }
  for (const ParameterSpec& parameter : model.parameters()) {
    const GgufTensor* tensor = file_.find(names.at(parameter.name));
    if (!tensor) continue;
    found.erase(tensor->name);
    found[parameter.name] = gguf_shape(config_, parameter, tensor->shape);
    stored_[parameter.name] = {parameter, tensor};
  }
  check_parameters(found, model, {}, file_.path().string());
}

void GgufSource::check_tokens() const {
  const std::string tokens = "tokenizer.ggml.tokens";
  if (!file_.has(tokens)) return;
  const auto count = static_cast<int64_t>(file_.texts(tokens).size());
  if (count > config_.vocab_size) {
    file_.fail(tokens, format("{} tokens, but the model's vocabulary has {}", count, config_.vocab_size));
  }
}

DType GgufSource::dtype() const {
  const auto all = [&](GgmlType type) {
    return std::ranges::all_of(stored_, [&](const auto& entry) {
      return entry.second.tensor->type == type || gguf_is_fp32(entry.second.parameter);
    });
  };
  return all(GgmlType::kBF16) ? DType::kBF16 : all(GgmlType::kF16) ? DType::kF16 : DType::kF32;
}

void GgufSource::read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const {
  const auto found = stored_.find(parameter.name);
  TRIREME_CHECK(found != stored_.end(), "{} is not in {}", parameter.name, file_.path().string());
  const auto& [stored, tensor] = found->second;
  std::vector<float> values(static_cast<size_t>(tensor->numel()));
  formats::dequantize(tensor->type, tensor->bytes, values);
  values = from_gguf(config_, stored, std::move(values));
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
  json config = tokenizer_config_from_gguf(file_);
  std::map<std::string, std::string> files;
  if (file_.text("tokenizer.ggml.model") == "llama") {
    config["tokenizer_class"] = config_.model_type == "gemma2" ? "GemmaTokenizer" : "LlamaTokenizer";
    files["tokenizer.model"] = sentence_piece_model_from_gguf(file_);
  } else {
    files["tokenizer.json"] = tokenizer_json_from_gguf(file_).dump() + "\n";
  }
  files["tokenizer_config.json"] = formats::pretty_json(config);
  files["generation_config.json"] = formats::pretty_json(generation);
  return files;
}

}  // namespace trireme::arch
