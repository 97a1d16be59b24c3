#pragma once

#include "trireme/config/option_set.h"
#include "trireme/recipe/recipe.h"

namespace trireme::recipe {

/// Declares every option of a recipe, once: parsing, --set, validation, the dump and docs/reference/recipe.md
/// all come from here. `recipe` must outlive the set.
config::OptionSet describe(Recipe& recipe);

/// [model] and [lora], in describe_model.cpp. Other sections are in describe.cpp.
void describe_model(config::OptionSet& options, Model& model);
void describe_lora(config::OptionSet& options, arch::Lora& lora);

/// Is this a size of [model] that a preset or a Hugging Face folder gives too, such as "model.hidden_size"?
bool is_model_size(const std::string& name);

}  // namespace trireme::recipe
