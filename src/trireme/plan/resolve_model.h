#pragma once

#include "trireme/recipe/load.h"

namespace trireme::plan {

/// Puts the sizes of [model] preset (facts/models.tsv) or [model] from (a Hugging Face folder's config.json)
/// in place, below the keys that the recipe gives itself, and checks them. What is wrong with either goes to
/// `loaded.diagnostics`. Nothing to do for a recipe that gives all sizes itself.
void resolve_model(recipe::LoadedRecipe& loaded);

}  // namespace trireme::plan
