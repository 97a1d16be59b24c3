#pragma once

#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

#include "trireme/arch/model_config.h"
#include "trireme/formats/json_file.h"

/// Keys of config.json that several families share. Reading throws FormatError naming file and key.
namespace trireme::arch {

/// hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, vocab_size; initializer_range and
/// tie_word_embeddings where given.
void read_sizes(const formats::JsonObject& config, ModelConfig& model);
void write_sizes(const ModelConfig& model, nlohmann::json& config);
/// And num_key_value_heads, head_dim, max_position_embeddings, hidden_act; what the model holds already is the default.
void read_decoder_sizes(const formats::JsonObject& config, ModelConfig& model);
void write_decoder_sizes(const ModelConfig& model, nlohmann::json& config);

/// Both generations: `rope_parameters` (transformers 5); `rope_theta`, `rope_scaling` and `partial_rotary_factor`.
void read_rope(const formats::JsonObject& config, ModelConfig& model);
/// The older ones, which every transformers reads.
void write_rope(const ModelConfig& model, nlohmann::json& config);

/// sliding_window: an explicit null switches it off, a missing key leaves the default.
void read_window(const formats::JsonObject& config, ModelConfig& model);
void write_window(const ModelConfig& model, nlohmann::json& config);
/// transformers 5 may list each layer's kind of attention; it must be that which `has_window` says.
void check_layer_types(const formats::JsonObject& config, const std::function<bool(int64_t layer)>& has_window);

/// Fails on a key that is true, since only false is built.
void refuse_true(const formats::JsonObject& config, std::initializer_list<const char*> keys);
/// The class that wrote the file.
std::string first_architecture(const formats::JsonObject& config, const std::string& fallback);
/// null for 0, as config.json has it for what is off.
nlohmann::json number_or_null(double value);

}  // namespace trireme::arch
