#pragma once

#include <string>
#include <vector>

#include "trireme/config/origin.h"
#include "trireme/core/diagnostic.h"
#include "trireme/core/file.h"
#include "trireme/recipe/recipe.h"

namespace trireme::recipe {

/// A recipe as given, with everything that is wrong with it.
struct LoadedRecipe {
  Recipe recipe;
  Diagnostics diagnostics;
  config::Origins origins;  // where each given option was written, by dotted name
};

/// What of a recipe is judged. A program with a model and data of its own reads the rest.
enum class Scope { kWhole, kWithoutModelAndData };
/// Is the option of a section that kWithoutModelAndData leaves out: [model], [data], [lora], [distill]?
bool is_of_model_or_data(const std::string& key);

/// Reads a TOML recipe, then applies `overrides` ("section.key=value") in order. Collects every problem that
/// needs neither world size nor files; `recipe` is meaningful only when no diagnostic is an error. Throws
/// IoError when the file can't be read.
LoadedRecipe load_recipe(const fs::path& path, const std::vector<std::string>& overrides, Scope scope = Scope::kWhole);

/// The same from text; `name` stands for the file in messages.
LoadedRecipe parse_recipe(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
                          Scope scope = Scope::kWhole);

/// Puts the sizes of a preset or of a Hugging Face folder in place: `base`, with the keys that the recipe
/// itself gives on top. Whoever resolved [model] preset or from calls it once, then the sizes are checked.
void resolve_model(LoadedRecipe& loaded, const arch::ModelConfig& base);

/// Adds what a later stage found, each at the place where its option was written. An option that was refused
/// before is not refused again.
void add_findings(LoadedRecipe& loaded, const Diagnostics& findings);

/// Every file that [data] and [model] name must be there.
void check_files(LoadedRecipe& loaded);

/// The whole recipe as TOML. Reads back to an equal recipe.
std::string dump_toml(const Recipe& recipe);

}  // namespace trireme::recipe
