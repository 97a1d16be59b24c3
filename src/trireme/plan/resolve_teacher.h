#pragma once

#include "trireme/recipe/load.h"

namespace trireme::plan {

/// Reads the sizes of the [distill] teacher into the recipe and judges them, and its tokenizer, against the student's.
/// What is wrong goes to `loaded.diagnostics`. Nothing to do without a teacher. REQUIRES: [model] was resolved, or has
/// errors.
void resolve_teacher(recipe::LoadedRecipe& loaded);

}  // namespace trireme::plan
