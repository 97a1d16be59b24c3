#include "trireme/arch/architecture.h"

#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "trireme/arch/families/family.h"
#include "trireme/arch/validate.h"
#include "trireme/core/check.h"

namespace trireme::arch {

namespace {

bool is_table(Module module) {
  return module == Module::kTokens || module == Module::kPositions || module == Module::kTokenTypes;
}

/// Names, shapes and initial values of one model's parameters.
class Describer {
 public:
  Describer(const ModelConfig& config, const Lora& lora) : config_(config), lora_(lora), family_(family_of(config)) {}

  LayerSpec embedding() const {
    return layer(std::string(family_.embedding.front().second), LayerKind::kEmbedding, family_.embedding, "");
  }
  LayerSpec block(int64_t index) const {
    const std::string name = format(std::string(family_.layer_name), index);
    return layer(name, LayerKind::kBlock, family_.block, name + ".");
  }
  LayerSpec head() const { return layer("head", LayerKind::kHead, family_.head, ""); }

 private:
  LayerSpec layer(const std::string& name, LayerKind kind, const ModuleNames& modules,
                  const std::string& prefix) const {
    LayerSpec made{name, kind, {}, lora_.on() ? lora_.scale() : 0.0};
    std::vector<ParameterSpec>& found = made.parameters;
    for (const auto& [module, name_in_layer] : modules) {
      if (!family_.has(module, config_)) continue;
      const std::string full_name = prefix + std::string(name_in_layer);
      found.push_back(weight(module, full_name));
      if (!is_table(module) && family_.has_bias(module, config_)) found.push_back(bias(module, full_name));
      if (kind != LayerKind::kBlock || !is_linear(module) || !lora_.adapts(name_in_layer)) continue;
      found.push_back(lora_a(module, full_name));
      found.push_back(lora_b(module, full_name));
    }
    for (ParameterSpec& each : found) each.frozen = lora_.on() && !is_adapter(each);
    return made;
  }

  std::string called(const std::string& name) const {
    const auto renamed = family_.renamed.find(name);
    return renamed == family_.renamed.end() ? name : renamed->second;
  }

  ParameterSpec weight(Module module, const std::string& name) const {
    if (is_norm(module)) {
      const InitKind init = family_.norm_adds_one ? InitKind::kZeros : InitKind::kOnes;
      return {called(name + ".weight"), {norm_width(module)}, init, 0.0, false, module};
    }
    if (module == Module::kQueryScale) {
      return {called(name + ".weight"), {config_.head_size()}, InitKind::kZeros, 0.0, false, module};
    }
    std::vector<int64_t> shape = linear_shape(module);
    if (module == Module::kProjection && config_.tie_word_embeddings) {
      // Looking a row up multiplies nothing; as the tied head the same weight does.
      return {std::string(family_.embedding.front().second) + ".weight",
              shape,
              InitKind::kNormal,
              config_.initializer_range,
              true,
              module};
    }
    if (family_.transposed && !is_table(module) && module != Module::kProjection) std::swap(shape[0], shape[1]);
    return {called(name + ".weight"), shape, InitKind::kNormal, initial_std(module), !is_table(module), module};
  }

  ParameterSpec bias(Module module, const std::string& name) const {
    const int64_t width = is_norm(module) ? norm_width(module) : linear_shape(module)[0];
    return {called(name + ".bias"), {width}, InitKind::kZeros, 0.0, false, module, Part::kBias};
  }

  /// Uniform in (-b, b), b = 1 / sqrt(in), as PEFT's: kaiming_uniform_ with a = sqrt(5).
  ParameterSpec lora_a(Module module, const std::string& name) const {
    const int64_t in = linear_shape(module)[1];
    return {"base_model.model." + name + ".lora_A.weight",
            {lora_.rank, in},
            InitKind::kUniform,
            1.0 / std::sqrt(3.0 * static_cast<double>(in)),
            true,
            module,
            Part::kLoraA};
  }
  /// Zeros, so that the adapted model starts as the model it adapts.
  ParameterSpec lora_b(Module module, const std::string& name) const {
    return {"base_model.model." + name + ".lora_B.weight",
            {linear_shape(module)[0], lora_.rank},
            InitKind::kZeros,
            0.0,
            true,
            module,
            Part::kLoraB};
  }

  int64_t norm_width(Module module) const {
    return module == Module::kQueryNorm || module == Module::kKeyNorm ? config_.head_size() : config_.hidden_size;
  }

  /// [out, in]
  std::vector<int64_t> linear_shape(Module module) const {
    const int64_t hidden = config_.hidden_size, mlp = config_.intermediate_size;
    const int64_t query = config_.num_attention_heads * config_.head_size();
    const int64_t key_value = config_.kv_heads() * config_.head_size();
    switch (module) {
      case Module::kPositions: return {config_.max_position_embeddings, hidden};
      case Module::kTokenTypes: return {config_.type_vocab_size, hidden};
      case Module::kQkv: return {query + 2 * key_value, hidden};
      case Module::kQuery: return {query, hidden};
      case Module::kKey:
      case Module::kValue: return {key_value, hidden};
      case Module::kOutput: return {hidden, query};
      case Module::kGate:
      case Module::kUp: return {mlp, hidden};
      case Module::kDown: return {hidden, mlp};
      case Module::kTransform:
      case Module::kPooler: return {hidden, hidden};
      default: return {config_.vocab_size, hidden};
    }
  }

  /// Source of the smaller ones: Radford et al., 2019, section 2.3.
  double initial_std(Module module) const {
    const bool writes_stream = module == Module::kOutput || module == Module::kDown;
    if (!family_.scaled_residual_init || !writes_stream) return config_.initializer_range;
    return config_.initializer_range / std::sqrt(2.0 * static_cast<double>(config_.num_hidden_layers));
  }

  const ModelConfig& config_;
  const Lora& lora_;
  const Family& family_;
};

}  // namespace

bool is_norm(Module module) {
  switch (module) {
    case Module::kEmbeddingNorm:
    case Module::kInputNorm:
    case Module::kQueryNorm:
    case Module::kKeyNorm:
    case Module::kAttentionNorm:
    case Module::kMlpInputNorm:
    case Module::kMlpNorm:
    case Module::kFinalNorm:
    case Module::kTransformNorm: return true;
    default: return false;
  }
}

bool is_linear(Module module) { return !is_norm(module) && !is_table(module) && module != Module::kQueryScale; }

int64_t ParameterSpec::numel() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

std::vector<ParameterSpec> Architecture::parameters() const {
  std::vector<ParameterSpec> distinct;
  std::set<std::string> seen;
  for (const LayerSpec& layer : layers) {
    for (const ParameterSpec& parameter : layer.parameters) {
      if (seen.insert(parameter.name).second) distinct.push_back(parameter);
    }
  }
  return distinct;
}

int64_t Architecture::num_parameters() const {
  int64_t total = 0;
  for (const ParameterSpec& parameter : parameters()) total += parameter.numel();
  return total;
}

int64_t Architecture::num_trained() const {
  int64_t total = 0;
  for (const ParameterSpec& parameter : parameters()) total += parameter.frozen ? 0 : parameter.numel();
  return total;
}

Architecture describe(const ModelConfig& config, const Lora& lora) {
  const Diagnostics problems = validate(config);
  TRIREME_CHECK(!problems.has_errors(), "describe() needs a valid model:\n{}", problems.to_string());
  const Describer describer(config, lora);
  Architecture result{config, {}};
  result.layers.push_back(describer.embedding());
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) result.layers.push_back(describer.block(i));
  result.layers.push_back(describer.head());
  return result;
}

}  // namespace trireme::arch
