#include <gtest/gtest.h>

#include <random>

#include "support/mutate.h"
#include "support/test_scale.h"
#include "trireme/recipe/load.h"
#include "unit/recipe/example.h"

namespace trireme::recipe {
namespace {

const std::string kRest = R"(seq_len = 64
[parallel]
dp_shard = 2
zero = 2
[optimizer]
name = "sgd"
learning_rate = 1e-3
momentum = 0.9
[schedule]
name = "wsd"
decay_steps = 5
[log]
name = "x"
)";

/// Whatever the bytes: either findings say what is wrong, or the recipe is whole and reads back from its own
/// dump.
TEST(Fuzz, MutatedRecipesAreRefusedOrReadBack) {
  std::mt19937 random(3);
  int accepted = 0;
  for (int round = 0; round < 3000 * test::test_scale(); ++round) {
    const std::string text = test::mutate(kExample + kRest, random);
    SCOPED_TRACE(text);
    const LoadedRecipe loaded = parse_recipe(text, "r.toml", {});
    if (loaded.diagnostics.has_errors()) continue;
    ++accepted;
    const LoadedRecipe again = parse_recipe(dump_toml(loaded.recipe), "config.toml", {});
    EXPECT_FALSE(again.diagnostics.has_errors()) << again.diagnostics.to_string();
    EXPECT_EQ(dump_toml(again.recipe), dump_toml(loaded.recipe));
  }
  EXPECT_GT(accepted, 20);
}

}  // namespace
}  // namespace trireme::recipe
