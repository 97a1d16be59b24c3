#include <gtest/gtest.h>

#include "trireme/config/toml.h"
#include "trireme/core/check.h"
#include "trireme/recipe/describe.h"
#include "trireme/recipe/load.h"
#include "unit/recipe/example.h"

namespace trireme::recipe {
namespace {

/// A valid value that differs from the present one.
config::Scalar another_value(const config::Option& option) {
  struct Changer {
    const config::Option& option;
    config::Scalar operator()(bool x) const { return !x; }
    config::Scalar operator()(int64_t x) const { return option.problem_with(x + 1).empty() ? x + 1 : x - 1; }
    config::Scalar operator()(uint64_t x) const { return x + 1; }
    config::Scalar operator()(double x) const {
      for (const double next : {x + 1.0 / 3.0, x + 0.01, x / 3.0}) {
        if (option.problem_with(next).empty()) return next;
      }
      TRIREME_CHECK(false, "no other value for {}", option.name());
      return x;
    }
    config::Scalar operator()(const std::string& x) const {
      if (option.choices().empty()) return x + "a \"quoted\\\" name\n";
      return x == option.choices().front() ? option.choices().back() : option.choices().front();
    }
    config::Scalar operator()(const std::vector<std::string>&) const { return std::vector<std::string>{"a", "2 b"}; }
  };
  return std::visit(Changer{option}, option.value());
}

/// `recipe` as dumped and read again, with no rule between options applied.
Recipe reread(Recipe& recipe) {
  Recipe again;
  Diagnostics diagnostics;
  config::Origins origins;
  const config::OptionSet options = describe(again);
  options.apply(config::parse_toml(describe(recipe).dump_toml(), "dump", diagnostics), origins, diagnostics);
  options.check_conditions(origins, diagnostics);
  EXPECT_EQ(diagnostics.to_string(), "");
  return again;
}

/// Sets options so that conditional ones apply.
void enable_everything(Recipe& recipe, const std::string& name) {
  if (name == "model.load_weights") recipe.model.from = "somewhere";
  if (name.rfind("model.rope_scaling.", 0) == 0) recipe.model.config.rope_scaling.rope_type = "llama3";
  if (name == "lora.alpha" || name == "lora.targets") recipe.lora.rank = 1;
  if (name.starts_with("distill.") && name != "distill.teacher") recipe.distill.teacher = "somewhere";
  if (name == "optimizer.momentum") recipe.optimizer.name = "sgd";
}

TEST(RoundTrip, EveryOptionKeepsANonDefaultValue) {
  Recipe defaults;
  size_t changed = 0;
  const config::OptionSet declarations = describe(defaults);
  for (const config::Option& declared : declarations.options()) {
    if (declared.name() == "version") continue;
    Recipe recipe;
    enable_everything(recipe, declared.name());
    const config::OptionSet options = describe(recipe);
    const config::Option& option = *options.find(declared.name());
    const config::Scalar value = another_value(option);
    ASSERT_NE(value, option.value()) << option.name();
    option.assign(value);
    ASSERT_TRUE(option.applies()) << option.name();
    Recipe again = reread(recipe);
    const config::OptionSet reread_options = describe(again);
    for (const config::Option& other : options.options()) {
      if (!other.applies()) continue;
      EXPECT_EQ(reread_options.find(other.name())->value(), other.value())
          << other.name() << " after " << option.name();
    }
    ++changed;
  }
  EXPECT_GT(changed, 70u);
}

TEST(RoundTrip, DumpOfALoadedRecipeIsStable) {
  const LoadedRecipe loaded = parse_recipe(kExample, "r.toml", {"parallel.zero=2", "optimizer.learning_rate=1e-5"});
  const std::string dump = dump_toml(loaded.recipe);
  const LoadedRecipe again = parse_recipe(dump, "config.toml", {});
  EXPECT_EQ(again.diagnostics.to_string(), "");
  EXPECT_EQ(dump_toml(again.recipe), dump);
  EXPECT_NE(dump.find("learning_rate = 1e-05\n"), std::string::npos) << dump;
}

}  // namespace
}  // namespace trireme::recipe
