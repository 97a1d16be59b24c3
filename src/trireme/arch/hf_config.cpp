#include "trireme/arch/hf_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "trireme/arch/families/family.h"
#include "trireme/arch/validate.h"
#include "trireme/core/error.h"
#include "trireme/formats/json_file.h"

namespace trireme::arch {

using formats::JsonObject;
using nlohmann::json;

namespace {

const Family& read_family(const JsonObject& config) {
  const std::string type = config.text("model_type");
  if (const Family* family = find_family(type)) return *family;
  std::string known;
  for (const Family* family : families()) known += (known.empty() ? "" : ", ") + std::string(family->model_type);
  config.fail("model_type", format("\"{}\" is not supported; supported are {}", type, known));
}

/// What training would drop. Models that only evaluate have no use for it.
double largest_dropout(const JsonObject& config) {
  double largest = 0.0;
  for (const char* key : {"attention_dropout", "hidden_dropout", "hidden_dropout_prob", "embd_pdrop", "resid_pdrop",
                          "attn_pdrop", "emb_pdrop", "attention_probs_dropout_prob"}) {
    largest = std::max(largest, config.number_or(key, 0.0));
  }
  return largest;
}

void refuse_unsupported(const JsonObject& config) {
  if (config.has("quantization_config")) {
    config.fail("quantization_config", "quantised weights in a Hugging Face folder are not supported");
  }
}

void check_valid(const ModelConfig& model, const std::string& source) {
  const Diagnostics problems = validate(model);
  if (problems.has_errors())
    throw FormatError(format("{}: the model can't be built:\n{}", source, problems.to_string()));
}

std::string_view torch_name(DType dtype) {
  switch (dtype) {
    case DType::kBF16: return "bfloat16";
    case DType::kF16: return "float16";
    case DType::kF64: return "float64";
    default: return "float32";
  }
}

}  // namespace

ModelConfig model_config_from_hf(const json& value, const std::string& source) {
  const std::string text = value.dump();
  const JsonObject config(formats::JsonView(text, source), source);
  const Family& family = read_family(config);
  refuse_unsupported(config);
  ModelConfig model;
  model.model_type = family.model_type;
  model.dropout = largest_dropout(config);
  family.read(config, model);
  if (model.hidden_act == family.hidden_act) model.hidden_act.clear();
  check_valid(model, source);
  return model;
}

ModelConfig read_hf_config(const fs::path& folder) {
  const fs::path path = folder / "config.json";
  return model_config_from_hf(formats::read_json(path), path.string());
}

json model_config_to_hf(const ModelConfig& config, DType dtype) {
  const Family& family = family_of(config);
  json result = {{"architectures", {family.hf_class}},
                 {"model_type", config.model_type},
                 {"torch_dtype", torch_name(dtype)},
                 {"vocab_size", config.vocab_size},
                 {"initializer_range", config.initializer_range},
                 {"tie_word_embeddings", config.tie_word_embeddings}};
  if (family.causal) result["use_cache"] = true;
  family.write(config, result);
  return result;
}

}  // namespace trireme::arch
