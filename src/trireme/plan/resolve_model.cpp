#include "trireme/plan/resolve_model.h"

#include <algorithm>

#include "trireme/arch/hf_config.h"
#include "trireme/catalog/model_presets.h"
#include "trireme/core/error.h"

namespace trireme::plan {

namespace {

bool has_error(const Diagnostics& diagnostics, const std::string& key) {
  const auto& items = diagnostics.items();
  return std::any_of(items.begin(), items.end(),
                     [&](const Diagnostic& item) { return item.key == key && item.severity == Severity::kError; });
}

}  // namespace

void resolve_model(recipe::LoadedRecipe& loaded) {
  const recipe::Model& model = loaded.recipe.model;
  const bool from_preset = !model.preset.empty();
  if (from_preset == !model.from.empty()) return;  // neither; or both, which the recipe's checks refuse
  const std::string key = from_preset ? "model.preset" : "model.from";
  if (has_error(loaded.diagnostics, key)) return;  // the file check has said what is wrong
  try {
    recipe::resolve_model(loaded, from_preset ? catalog::preset(model.preset) : arch::read_hf_config(model.from));
  } catch (const Error& error) {
    loaded.diagnostics.error(key, error.what(), {}, config::origin_of(loaded.origins, key));
  }
}

}  // namespace trireme::plan
