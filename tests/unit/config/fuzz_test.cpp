#include <gtest/gtest.h>

#include <random>

#include "support/mutate.h"
#include "support/test_scale.h"
#include "unit/config/example.h"

namespace trireme::config {
namespace {

const std::string kSeed = R"(version = 1
# a comment
[train]
steps = 5
seed = 9
rate = 0.25
fast = true
[model]
mode = "fancy"
title = 'x'
paths = ["a", """b
c"""]
rope = { type = "linear", factor = 4e0 }
when = 2026-11-23T12:00:00Z
[[list]]
x = [[1, 2], [3.5]]
)";

/// Whatever the bytes, reading ends without an exception: options hold valid values, and the rest is
/// reported.
TEST(Fuzz, MutatedFilesNeverEscapeValidation) {
  std::mt19937 random(1);
  int refused = 0;
  for (int round = 0; round < 3000 * test::test_scale(); ++round) {
    const std::string text = test::mutate(kSeed, random);
    SCOPED_TRACE(text);
    Example example;
    refused += example.read(text).empty() ? 0 : 1;
    EXPECT_GE(example.steps, 1);
    EXPECT_TRUE(example.rate >= 0 && example.rate < 1);
    EXPECT_TRUE(example.mode == "plain" || example.mode == "fancy");
    Example again;
    EXPECT_EQ(again.read(example.describe().dump_toml()), "");
  }
  EXPECT_GT(refused, 1500 * test::test_scale());
}

TEST(Fuzz, MutatedOverridesNeverEscapeValidation) {
  std::mt19937 random(2);
  for (int round = 0; round < 3000 * test::test_scale(); ++round) {
    Example example;
    example.read("", {test::mutate("train.steps=12", random), test::mutate("model.paths=[\"a\", \"b\"]", random)});
    EXPECT_GE(example.steps, 1);
  }
}

}  // namespace
}  // namespace trireme::config
