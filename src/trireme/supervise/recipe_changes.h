#pragma once

#include <string>
#include <vector>

#include "trireme/recipe/recipe.h"

namespace trireme::supervise {

/// What a resumed run does differently, one text a key: "train.steps: 100 -> 200".
/// Throws ConfigError naming every key that changed and must not: the model, the data and its order, seq_len.
std::vector<std::string> recipe_changes(const recipe::Recipe& before, const recipe::Recipe& after);

}  // namespace trireme::supervise
