#include "trireme/arch/gguf_tensors.h"

#include <algorithm>
#include <array>

#include "trireme/arch/families/family.h"
#include "trireme/arch/gguf_architecture.h"
#include "trireme/core/check.h"

namespace trireme::arch {

namespace {

constexpr std::array<std::pair<Module, std::string_view>, 18> kWords = {
    {{Module::kTokens, "token_embd"},
     {Module::kPositions, "position_embd"},
     {Module::kInputNorm, "attn_norm"},
     {Module::kQkv, "attn_qkv"},
     {Module::kQuery, "attn_q"},
     {Module::kKey, "attn_k"},
     {Module::kValue, "attn_v"},
     {Module::kQueryNorm, "attn_q_norm"},
     {Module::kKeyNorm, "attn_k_norm"},
     {Module::kOutput, "attn_output"},
     {Module::kAttentionNorm, "post_attention_norm"},
     {Module::kMlpInputNorm, "ffn_norm"},
     {Module::kGate, "ffn_gate"},
     {Module::kUp, "ffn_up"},
     {Module::kDown, "ffn_down"},
     {Module::kMlpNorm, "post_ffw_norm"},
     {Module::kFinalNorm, "output_norm"},
     {Module::kProjection, "output"}}};

std::string word_of(const ParameterSpec& parameter) {
  const auto word = std::ranges::find(kWords, parameter.module, [](const auto& entry) { return entry.first; });
  TRIREME_CHECK(word != kWords.end(), "GGUF has no word for {}", parameter.name);
  return std::string(word->second) + (parameter.part == Part::kBias ? ".bias" : ".weight");
}

bool is_transposed(const ModelConfig& config, const ParameterSpec& parameter) {
  return family_of(config).transposed && parameter.part == Part::kWeight && is_linear(parameter.module) &&
         parameter.module != Module::kProjection;
}

std::vector<float> transposed(const std::vector<float>& values, int64_t row_count) {
  const auto rows = static_cast<size_t>(row_count);
  const size_t columns = values.size() / rows;
  std::vector<float> result(values.size());
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) result[j * rows + i] = values[i * columns + j];
  }
  return result;
}

/// Hugging Face's row for GGUF's: in each head of `size` rows the pair 2i, 2i + 1 is i, size / 2 + i.
int64_t row_of_pairs(int64_t row, int64_t size) {
  const int64_t within = row % size;
  return row - within + within / 2 + within % 2 * (size / 2);
}

/// Likewise where Hugging Face has query, key and value of each head together, and GGUF all queries, all keys, all
/// values.
int64_t row_of_thirds(int64_t row, int64_t heads, int64_t size) {
  const int64_t third = row / (heads * size), head = row / size % heads;
  return (3 * head + third) * size + row % size;
}

/// For each row of GGUF's that of Hugging Face. Empty where they are in one order.
std::vector<size_t> row_order(const ModelConfig& config, const ParameterSpec& parameter) {
  const bool turned = parameter.module == Module::kQuery || parameter.module == Module::kKey;
  const bool pairs = turned && gguf_architecture(config.model_type) == "llama";
  const bool thirds = parameter.module == Module::kQkv && family_of(config).qkv == QkvLayout::kByHead;
  std::vector<size_t> order;
  for (int64_t row = 0; (pairs || thirds) && row < parameter.shape[0]; ++row) {
    const int64_t size = config.head_size();
    order.push_back(
        static_cast<size_t>(pairs ? row_of_pairs(row, size) : row_of_thirds(row, config.num_attention_heads, size)));
  }
  return order;
}

std::vector<size_t> inverse(const std::vector<size_t>& order) {
  std::vector<size_t> result(order.size());
  for (size_t row = 0; row < order.size(); ++row) result[order[row]] = row;
  return result;
}

/// Row i is row order[i] of `values`; none are moved by an empty order.
std::vector<float> gathered(const std::vector<float>& values, const std::vector<size_t>& order) {
  if (order.empty()) return values;
  const size_t columns = values.size() / order.size();
  std::vector<float> rows(values.size());
  for (size_t row = 0; row < order.size(); ++row) {
    std::copy_n(values.data() + order[row] * columns, columns, rows.data() + row * columns);
  }
  return rows;
}

/// What norms' weights have more in GGUF.
float added(const ModelConfig& config, const ParameterSpec& parameter) {
  return family_of(config).norm_adds_one && is_norm(parameter.module) && parameter.part == Part::kWeight ? 1.0f : 0.0f;
}

}  // namespace

std::map<std::string, std::string> gguf_names(const Architecture& model) {
  std::map<std::string, std::string> names;
  int64_t block = 0;
  for (const LayerSpec& layer : model.layers) {
    const std::string prefix = layer.kind == LayerKind::kBlock ? format("blk.{}.", block++) : "";
    // A tied head's weight keeps the name it has as the embedding.
    for (const ParameterSpec& parameter : layer.parameters) names.emplace(parameter.name, prefix + word_of(parameter));
  }
  return names;
}

bool gguf_is_fp32(const ParameterSpec& parameter) {
  return parameter.shape.size() < 2 || parameter.module == Module::kPositions;
}

std::vector<int64_t> gguf_shape(const ModelConfig& config, const ParameterSpec& parameter, std::vector<int64_t> shape) {
  if (is_transposed(config, parameter)) std::ranges::reverse(shape);
  return shape;
}

std::vector<float> to_gguf(const ModelConfig& config, const ParameterSpec& parameter, std::vector<float> values) {
  if (is_transposed(config, parameter)) values = transposed(values, parameter.shape[0]);
  for (float& value : values) value += added(config, parameter);
  return gathered(values, row_order(config, parameter));
}

std::vector<float> from_gguf(const ModelConfig& config, const ParameterSpec& parameter, std::vector<float> values) {
  if (is_transposed(config, parameter)) values = transposed(values, parameter.shape[1]);
  for (float& value : values) value -= added(config, parameter);
  return gathered(values, inverse(row_order(config, parameter)));
}

}  // namespace trireme::arch
