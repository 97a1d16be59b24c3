#include "trireme/catalog/model_presets.h"

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
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
