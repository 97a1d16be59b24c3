#pragma once

#include "trireme/recipe/load.h"

namespace trireme::recipe {

/// Rules between options that need neither files nor world size. Findings go to `loaded.diagnostics`, with
/// the place where the option was written.
void check_options(LoadedRecipe& loaded, Scope scope);

/// Rules on the sizes of a resolved [model].
void check_model(LoadedRecipe& loaded);

/// Collects findings under the location of their key.
class Findings {
 public:
  explicit Findings(LoadedRecipe& loaded) : loaded_(loaded) {}
  void error(const std::string& key, const std::string& message, const std::string& hint = {});
  void warning(const std::string& key, const std::string& message, const std::string& hint = {});

 private:
  LoadedRecipe& loaded_;
};

}  // namespace trireme::recipe
