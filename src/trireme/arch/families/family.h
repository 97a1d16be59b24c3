#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trireme/arch/architecture.h"
#include "trireme/arch/block_shape.h"
#include "trireme/core/diagnostic.h"
#include "trireme/formats/json_file.h"

/// Families of models: one file each, tables and two functions. docs/guides/families.md shows how to add one.
namespace trireme::arch {

using ModuleNames = std::vector<std::pair<Module, std::string_view>>;

/// What all models of one `model_type` share.
struct Family {
  std::string_view model_type;
  std::string_view hf_class;

  Wiring wiring = Wiring::kPreNorm;
  Norm norm = Norm::kRms;
  bool norm_adds_one = false;
  QkvLayout qkv = QkvLayout::kSeparate;
  bool transposed = false;
  bool gated = true;
  bool causal = true;
  Positions positions = Positions::kRotary;
  bool alternating_windows = false;  // layers 0, 2, 4 and so on have the window, the others none
  bool windowed = false;             // config.sliding_window counts
  bool scaled_embedding = false;     // multiplied by sqrt(hidden_size)
  bool soft_caps = false;            // of scores and of logits, where the config bounds them
  std::string_view hidden_act = "silu";
  /// Which linears and norms have biases; tables never have.
  std::function<bool(Module, const ModelConfig&)> has_bias = [](Module, const ModelConfig&) { return false; };

  bool scaled_residual_init = false;  // what writes to the stream starts smaller, by sqrt(2 layers)

  /// Names of modules. An embedding, a block and a head have those of theirs, in this order, unless `has` says no.
  /// "{}" is the layer.
  std::string_view layer_name;
  ModuleNames embedding, block, head;
  std::function<bool(Module, const ModelConfig&)> has = [](Module, const ModelConfig&) { return true; };
  /// Parameters that break the rule MODULE.weight, MODULE.bias: by that rule -> as they are called.
  std::map<std::string, std::string> renamed = {};
  /// The beginning of names that files of a model without its head lack.
  std::string_view base_prefix;
  /// Parts of the names of tensors that files carry though they are no parameters.
  std::vector<std::string_view> unused = {".rotary_emb.inv_freq"};

  std::function<void(const formats::JsonObject&, ModelConfig&)> read;
  std::function<void(const ModelConfig&, nlohmann::json&)> write;
  std::function<void(const ModelConfig&, Diagnostics&)> check = [](const ModelConfig&, Diagnostics&) {};
};

std::span<const Family* const> families();
/// Null for a model_type that is none.
const Family* find_family(std::string_view model_type);
/// REQUIRES: the config's model_type is one.
const Family& family_of(const ModelConfig& config);

bool has_module(const ModuleNames& names, Module module);
/// Of the kind of norm that the family has.
double norm_eps(const ModelConfig& config);
/// The activation's name: the config's own, else the family's.
std::string_view activation_name(const ModelConfig& config);
std::optional<Activation> activation_from_name(std::string_view name);

}  // namespace trireme::arch
