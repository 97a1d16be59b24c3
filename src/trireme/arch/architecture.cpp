#include "trireme/arch/architecture.h"

#include <functional>
#include <numeric>
#include <set>

#include "trireme/arch/validate.h"
#include "trireme/core/check.h"

namespace trireme::arch {

namespace {

/// Names, shapes and initial values of one model's parameters.
class LlamaDescriber {
 public:
  explicit LlamaDescriber(const ModelConfig& config) : config_(config) {}

  LayerSpec embedding() const {
    return {"model.embed_tokens", LayerKind::kEmbedding, {token_table(/*in_matmul=*/false)}};
  }

  LayerSpec block(int64_t index) const {
    const std::string name = format("model.layers.{}", index);
    const int64_t hidden = config_.hidden_size;
    const int64_t query = config_.num_attention_heads * config_.head_size();
    const int64_t key_value = config_.kv_heads() * config_.head_size();
    return {name,
            LayerKind::kBlock,
            {norm(name + ".input_layernorm.weight"), linear(name + ".self_attn.q_proj.weight", query, hidden),
             linear(name + ".self_attn.k_proj.weight", key_value, hidden),
             linear(name + ".self_attn.v_proj.weight", key_value, hidden),
             linear(name + ".self_attn.o_proj.weight", hidden, query), norm(name + ".post_attention_layernorm.weight"),
             linear(name + ".mlp.gate_proj.weight", config_.intermediate_size, hidden),
             linear(name + ".mlp.up_proj.weight", config_.intermediate_size, hidden),
             linear(name + ".mlp.down_proj.weight", hidden, config_.intermediate_size)}};
  }

  LayerSpec head() const {
    const ParameterSpec projection = config_.tie_word_embeddings
                                         ? token_table(/*in_matmul=*/true)
                                         : linear("lm_head.weight", config_.vocab_size, config_.hidden_size);
    return {"head", LayerKind::kHead, {norm("model.norm.weight"), projection}};
  }

 private:
  ParameterSpec linear(std::string name, int64_t out, int64_t in) const {
    return {std::move(name), {out, in}, InitKind::kNormal, config_.initializer_range, /*in_matmul=*/true};
  }
  ParameterSpec norm(std::string name) const {
    return {std::move(name), {config_.hidden_size}, InitKind::kOnes, 0.0, false};
  }
  /// Looking a row up multiplies nothing; as the tied head the same weight does.
  ParameterSpec token_table(bool in_matmul) const {
    return {"model.embed_tokens.weight",
            {config_.vocab_size, config_.hidden_size},
            InitKind::kNormal,
            config_.initializer_range,
            in_matmul};
  }

  const ModelConfig& config_;
};

}  // namespace

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

Architecture describe(const ModelConfig& config) {
  const Diagnostics problems = validate(config);
  TRIREME_CHECK(!problems.has_errors(), "describe() needs a valid model:\n{}", problems.to_string());
  const LlamaDescriber llama(config);
  Architecture result{config, {}};
  result.layers.push_back(llama.embedding());
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) result.layers.push_back(llama.block(i));
  result.layers.push_back(llama.head());
  return result;
}

}  // namespace trireme::arch
