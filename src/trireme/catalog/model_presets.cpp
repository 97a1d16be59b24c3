#include "trireme/catalog/model_presets.h"

#include <functional>
#include <map>
#include <sstream>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/core/check.h"
#include "trireme/core/diagnostic.h"
#include "trireme/core/error.h"

namespace trireme::catalog {

namespace {

/// Puts a field into `target` when the table gives one.
template <class T>
void take(T& target, const std::optional<T>& field) {
  if (field) target = *field;
}

arch::RopeScaling read_rope(const Table& table, size_t row) {
  arch::RopeScaling rope;
  rope.rope_type = table.text(row, "rope_type");
  take(rope.factor, table.number(row, "rope_factor"));
  take(rope.low_freq_factor, table.number(row, "rope_low_freq_factor"));
  take(rope.high_freq_factor, table.number(row, "rope_high_freq_factor"));
  take(rope.original_max_position_embeddings, table.integer(row, "rope_original_positions"));
  return rope;
}

/// "KEY=VALUE,KEY=VALUE" of keys that few families have.
void read_more(const Table& table, size_t row, arch::ModelConfig& config) {
  const std::map<std::string, std::function<void(const std::string&)>> setters = {
      {"layer_norm_eps", [&](const std::string& text) { config.layer_norm_eps = std::stod(text); }},
      {"partial_rotary_factor", [&](const std::string& text) { config.partial_rotary_factor = std::stod(text); }},
      {"use_bias", [&](const std::string& text) { config.use_bias = text == "true"; }},
      {"attention_bias", [&](const std::string& text) { config.attention_bias = text == "true"; }},
      {"mlp_bias", [&](const std::string& text) { config.mlp_bias = text == "true"; }},
      {"attn_logit_softcapping", [&](const std::string& text) { config.attn_logit_softcapping = std::stod(text); }},
      {"final_logit_softcapping", [&](const std::string& text) { config.final_logit_softcapping = std::stod(text); }},
      {"query_pre_attn_scalar", [&](const std::string& text) { config.query_pre_attn_scalar = std::stod(text); }},
      {"type_vocab_size", [&](const std::string& text) { config.type_vocab_size = std::stoll(text); }},
      {"mask_token_id", [&](const std::string& text) { config.mask_token_id = std::stoll(text); }},
      {"token_dropout", [&](const std::string& text) { config.token_dropout = text == "true"; }}};
  std::istringstream pairs(table.text(row, "more"));
  for (std::string pair; std::getline(pairs, pair, ',');) {
    if (pair == "-") continue;
    const size_t equals = pair.find('=');
    const auto setter = setters.find(pair.substr(0, equals));
    TRIREME_CHECK(equals != pair.npos && setter != setters.end(), "facts/models.tsv: \"{}\" in column more", pair);
    setter->second(pair.substr(equals + 1));
  }
}

arch::ModelConfig read_config(const Table& table, size_t row) {
  arch::ModelConfig config;
  config.model_type = table.text(row, "model_type");
  take(config.hidden_size, table.integer(row, "hidden_size"));
  take(config.intermediate_size, table.integer(row, "intermediate_size"));
  take(config.num_hidden_layers, table.integer(row, "num_hidden_layers"));
  take(config.num_attention_heads, table.integer(row, "num_attention_heads"));
  take(config.num_key_value_heads, table.integer(row, "num_key_value_heads"));
  take(config.head_dim, table.integer(row, "head_dim"));
  take(config.vocab_size, table.integer(row, "vocab_size"));
  take(config.max_position_embeddings, table.integer(row, "max_position_embeddings"));
  take(config.rope_theta, table.number(row, "rope_theta"));
  config.rope_scaling = read_rope(table, row);
  take(config.rms_norm_eps, table.number(row, "rms_norm_eps"));
  take(config.initializer_range, table.number(row, "initializer_range"));
  take(config.tie_word_embeddings, table.boolean(row, "tie_word_embeddings"));
  take(config.sliding_window, table.integer(row, "sliding_window"));
  read_more(table, row, config);
  return config;
}

}  // namespace

std::vector<ModelPreset> model_presets() {
  const Table table = Table::read(facts_folder() / "models.tsv");
  std::vector<ModelPreset> presets;
  for (size_t row = 0; row < table.size(); ++row) {
    presets.push_back({table.text(row, "name"), read_config(table, row), table.integer(row, "parameters").value_or(0),
                       table.text(row, "source")});
  }
  return presets;
}

arch::ModelConfig preset(std::string_view name) {
  std::vector<std::string> names;
  for (const ModelPreset& candidate : model_presets()) {
    if (candidate.name == name) return candidate.config;
    names.push_back(candidate.name);
  }
  const std::string near = nearest_name(name, names);
  if (!near.empty()) throw ConfigError(format("no model preset \"{}\"; did you mean \"{}\"?", name, near));
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  throw ConfigError(format("no model preset \"{}\"; known are {}", name, list));
}

}  // namespace trireme::catalog
