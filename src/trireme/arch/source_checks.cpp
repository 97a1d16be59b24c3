#include "trireme/arch/source_checks.h"

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/formats/json_file.h"

namespace trireme::arch {

using formats::JsonObject;

namespace {

/// "a, b, c and 7 more"
std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kShown = 3;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + names[i];
  return names.size() > kShown ? format("{} and {} more", text, names.size() - kShown) : text;
}

/// Largest id of `vocab` and `added_tokens`.
int64_t largest_id(const JsonObject& tokenizer) {
  int64_t largest = -1;
  const JsonObject model = tokenizer.object("model");
  const JsonObject vocab = model.object("vocab");
  for (const auto& [token, value] : vocab.members()) {
    const auto id = value.integer();
    if (!id) vocab.fail(token.string(), format("expected an id, got {}", value.shown()));
    largest = std::max(largest, *id);
  }
  if (!tokenizer.has("added_tokens")) return largest;
  for (const formats::JsonView& token : tokenizer.list("added_tokens").elements()) {
    largest = std::max(largest, JsonObject(token, tokenizer.source(), "added_tokens").integer("id"));
  }
  return largest;
}

}  // namespace

void check_parameters(const std::map<std::string, std::vector<int64_t>>& found, const Architecture& model,
                      const std::set<std::string>& ignored, const std::string& source) {
  std::vector<std::string> missing, extra;
  std::set<std::string> wanted;
  for (const ParameterSpec& parameter : model.parameters()) {
    wanted.insert(parameter.name);
    const auto entry = found.find(parameter.name);
    if (entry == found.end()) {
      missing.push_back(parameter.name);
    } else if (entry->second != parameter.shape) {
      throw FormatError(format("{}: {} has shape {}, but the config makes it {}", source, parameter.name,
                               formats::shape_text(entry->second), formats::shape_text(parameter.shape)));
    }
  }
  if (!missing.empty()) {
    throw FormatError(format("{}: {} tensors are missing: {}", source, missing.size(), some_of(missing)));
  }
  for (const auto& [name, shape] : found) {
    if (!wanted.contains(name) && !ignored.contains(name)) extra.push_back(name);
  }
  if (!extra.empty()) {
    throw FormatError(format("{}: {} tensors belong to no parameter of this {} model: {}", source, extra.size(),
                             model.config.model_type, some_of(extra)));
  }
}

void check_weight_dtype(const formats::TensorInfo& tensor, const std::string& source) {
  const DType dtype = tensor.dtype;
  if (dtype == DType::kF64 || dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16) return;
  throw FormatError(format("{}: {} is {}; weights are fp64, fp32, fp16 or bf16", source, tensor.name, name_of(dtype)));
}

void check_tokenizer(std::string_view tokenizer_json, int64_t vocab_size, const std::string& source) {
  const int64_t largest = largest_id(JsonObject(formats::JsonView(tokenizer_json, source), source));
  if (largest >= vocab_size) {
    throw FormatError(
        format("{}: the tokenizer has id {}, but the model's vocab_size is {}: they don't belong together", source,
               largest, vocab_size));
  }
}

}  // namespace trireme::arch
