#include "trireme/arch/hf_source.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "trireme/arch/families/family.h"
#include "trireme/arch/hf_config.h"
#include "trireme/arch/source_checks.h"
#include "trireme/core/error.h"
#include "trireme/formats/json_file.h"

namespace trireme::arch {

using nlohmann::json;

namespace {

constexpr std::array kCompanions = {"tokenizer.json",
                                    "tokenizer_config.json",
                                    "special_tokens_map.json",
                                    "generation_config.json",
                                    "added_tokens.json",
                                    "vocab.json",
                                    "merges.txt",
                                    "tokenizer.model",
                                    "chat_template.jinja"};

/// Tensors that files carry though the model does not own them: a copy of the tied head, and what old versions of
/// transformers saved beside the weights.
bool carries_no_parameter(const std::string& name, const ModelConfig& config) {
  const Family& family = family_of(config);
  const auto& [module, head] = *std::ranges::find(family.head, Module::kProjection, &ModuleNames::value_type::first);
  return (config.tie_word_embeddings && name == std::string(head) + ".weight") ||
         std::ranges::any_of(family.unused, [&](std::string_view part) { return name.find(part) != name.npos; });
}

/// LayerNorm's weight and bias in files that began as TensorFlow's, such as BERT's own.
std::string without_old_words(const std::string& name) {
  const auto ends = [&](std::string_view old) { return name.ends_with(old); };
  const std::string base = name.substr(0, name.rfind('.') + 1);
  return ends(".LayerNorm.gamma") ? base + "weight" : ends(".LayerNorm.beta") ? base + "bias" : name;
}

}  // namespace

HfSource::HfSource(fs::path folder) : folder_(std::move(folder)), weights_(folder_) {
  config_ = read_hf_config(folder_);
  const std::string base(family_of(config_).base_prefix);
  const auto has_base = [&](const formats::TensorView& tensor) { return tensor.name.starts_with(base); };
  const std::string missing = std::ranges::any_of(weights_.tensors(), has_base) ? "" : base;
  const auto full_name = [&](const std::string& name) { return missing + without_old_words(name); };
  std::map<std::string, std::vector<int64_t>> found;
  std::set<std::string> ignored;
  for (const formats::TensorView& tensor : weights_.tensors()) {
    const std::string& name = names_.emplace(full_name(tensor.name), tensor.name).first->first;
    found[name] = tensor.shape;
    if (carries_no_parameter(name, config_)) {
      ignored.insert(name);
    } else {
      check_weight_dtype(tensor, folder_.string());
    }
  }
  check_parameters(found, describe(config_), ignored, folder_.string());
  const fs::path tokenizer = folder_ / "tokenizer.json";
  if (fs::exists(tokenizer)) check_tokenizer(read_file(tokenizer), config_.vocab_size, tokenizer.string());
}

DType HfSource::dtype() const {
  const auto& tensors = weights_.tensors();
  const DType first = tensors.front().dtype;
  const bool same = std::all_of(tensors.begin(), tensors.end(), [&](const auto& t) { return t.dtype == first; });
  return same && first != DType::kF64 ? first : DType::kF32;
}

void HfSource::read(const ParameterSpec& parameter, int64_t first, std::span<float> out) const {
  const formats::TensorView* tensor = weights_.find(names_.at(parameter.name));
  TRIREME_CHECK(tensor != nullptr, "{} is not in {}", parameter.name, folder_.string());
  formats::widen_to_float(tensor->bytes, tensor->dtype, first, out);
}

json HfSource::hf_config(DType dtype) const {
  json config = formats::read_json(folder_ / "config.json");
  const json written = model_config_to_hf(config_, dtype);
  // Everything else, keys that this project does not know included, stays as it was.
  config.erase("dtype");
  config["torch_dtype"] = written["torch_dtype"];
  return config;
}

std::map<std::string, std::string> HfSource::companion_files() const {
  std::map<std::string, std::string> files;
  for (const char* name : kCompanions) {
    if (fs::exists(folder_ / name)) files[name] = read_file(folder_ / name);
  }
  return files;
}

}  // namespace trireme::arch
