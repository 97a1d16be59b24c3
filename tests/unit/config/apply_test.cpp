#include <gtest/gtest.h>

#include "trireme/core/error.h"
#include "unit/config/example.h"

namespace trireme::config {
namespace {

TEST(Apply, FillsEveryKindOfTarget) {
  Example example;
  EXPECT_EQ(example.read(R"(
version = 3
[train]
steps = 5
seed = 9
rate = 0.25
fast = true
[model]
mode = "fancy"
title = "x"
paths = ["a", "b"]
rope = { type = "linear", factor = 4 }
)"),
            "");
  EXPECT_EQ(example.version, 3);
  EXPECT_EQ(example.steps, 5);
  EXPECT_EQ(example.seed, 9u);
  EXPECT_EQ(example.rate, 0.25);
  EXPECT_TRUE(example.fast);
  EXPECT_EQ(example.mode, "fancy");
  EXPECT_EQ(example.title, "x");
  EXPECT_EQ(example.paths, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(example.factor, 4.0);
}

TEST(Apply, NamesThePlaceOfAMisspeltKeyAndSuggestsTheRightOne) {
  Example example;
  EXPECT_EQ(example.read("[train]\nstepz = 5\n"),
            "a.toml:2:1: error: train.stepz: unknown key (did you mean \"steps\"?)\n");
  EXPECT_EQ(example.steps, 100);
}

TEST(Apply, NamesAnUnknownSectionOnce) {
  Example example;
  EXPECT_EQ(example.read("[trian]\nsteps = 5\nseed = 1\n"),
            "a.toml:1:2: error: trian: unknown section (did you mean \"train\"?)\n");
  EXPECT_EQ(example.read("[zebra]\n"),
            "a.toml:1:2: error: zebra: unknown section (known here: version, train, model)\n");
}

TEST(Apply, SaysWhichSectionAKeyBelongsTo) {
  Example example;
  EXPECT_EQ(example.read("[model]\nsteps = 5\n"),
            "a.toml:2:1: error: model.steps: unknown key (it belongs in [train])\n");
  EXPECT_EQ(example.read("fast = true\n"), "a.toml:1:1: error: fast: unknown key (it belongs in [train])\n");
}

TEST(Apply, NamesWrongTypes) {
  Example example;
  EXPECT_EQ(example.read(R"(
[train]
steps = "5"
seed = 1.5
rate = "half"
fast = 1
[model]
title = 2026-01-01
paths = ["a", 3]
)"),
            "a.toml:3:9: error: train.steps: expected an integer, got string \"5\" (number of updates)\n"
            "a.toml:4:8: error: train.seed: expected an integer, got float 1.5 (of everything random)\n"
            "a.toml:5:8: error: train.rate: expected a float, got string \"half\" (part that is kept)\n"
            "a.toml:6:8: error: train.fast: expected a boolean, got integer 1 (skip what is slow)\n"
            "a.toml:8:9: error: model.title: expected a string, got a date (name of the run)\n"
            "a.toml:9:9: error: model.paths: expected a list of strings, got an array that holds integer 3 "
            "(files)\n");
}

TEST(Apply, NamesTablesWhereValuesBelongAndTheReverse) {
  Example example;
  EXPECT_EQ(example.read("train = 3\n[model.title]\nx = 1\n"),
            "a.toml:1:9: error: train: expected a table, got integer 3 (write [train])\n"
            "a.toml:2:1: error: model.title: expected a string, got a table (name of the run)\n");
}

TEST(Apply, GivesTheValidRange) {
  Example example;
  EXPECT_EQ(example.read("[train]\nsteps = 0\nseed = -1\nrate = 1.0\n"),
            "a.toml:2:9: error: train.steps: must be at least 1, got 0 (number of updates)\n"
            "a.toml:3:8: error: train.seed: must be at least 0, got -1 (of everything random)\n"
            "a.toml:4:8: error: train.rate: must be at least 0 and below 1, got 1 (part that is kept)\n");
  EXPECT_EQ(example.steps, 100);
}

TEST(Apply, RefusesNumbersThatAreNotFinite) {
  Example example;
  EXPECT_EQ(example.read("[train]\nrate = nan\n"),
            "a.toml:2:8: error: train.rate: must be finite, got nan (part that is kept)\n");
  EXPECT_EQ(example.read("[model]\nrope = { type = \"linear\", factor = inf }\n"),
            "a.toml:2:36: error: model.rope.factor: must be finite, got inf (scaling)\n");
}

TEST(Apply, SuggestsAChoice) {
  Example example;
  EXPECT_EQ(example.read("[model]\nmode = \"fency\"\n"),
            "a.toml:2:8: error: model.mode: must be one of plain, fancy, got \"fency\"; did you mean "
            "\"fancy\"? (how)\n");
}

TEST(Apply, TakesAFixedKeyOnlyWithItsValue) {
  Example example;
  EXPECT_EQ(example.read("[model]\ndropout = 0\nact = \"silu\"\nbias = false\n"), "");
  EXPECT_EQ(example.read("[model]\ndropout = 0.1\nact = \"gelu\"\nbias = true\n"),
            "a.toml:2:11: error: model.dropout: dropout is not built, got float 0.1 (remove it)\n"
            "a.toml:3:7: error: model.act: only silu is built, got string \"gelu\" (remove it)\n"
            "a.toml:4:8: error: model.bias: biases are not built, got boolean true (remove it)\n");
}

TEST(Apply, RefusesAnOptionWhoseConditionDoesNotHold) {
  Example example;
  EXPECT_EQ(example.read("[model.rope]\nfactor = 4.0\n"),
            "a.toml:2:10: error: model.rope.factor: is valid only with rope.type = \"linear\" (remove it)\n");
}

TEST(Apply, DoesNotTakeAQuotedDotForASubTable) {
  Example example;
  EXPECT_EQ(example.read("\"train.steps\" = 5\n"),
            "a.toml:1:1: error: train.steps: unknown key (known here: version, train, model)\n");
}

TEST(Apply, LocatesASyntaxErrorAndADuplicateKey) {
  Example example;
  const std::string syntax = example.read("[train]\nsteps = = 5\n");
  EXPECT_EQ(syntax.rfind("a.toml:2:9: error: not valid TOML: ", 0), 0u) << syntax;
  const std::string duplicate = example.read("[train]\nsteps = 5\nsteps = 6\n");
  EXPECT_EQ(duplicate.rfind("a.toml:3:", 0), 0u) << duplicate;
  EXPECT_NE(duplicate.find("steps"), std::string::npos) << duplicate;
}

TEST(Apply, LocatesAListOrTableThatIsTooLong) {
  std::string items, keys;
  for (int i = 0; i < 1025; ++i) items += "'',", keys += format("k{} = 1\n", i);
  Example example;
  EXPECT_EQ(example.read("[model]\npaths = [" + items + "]\n"),
            "a.toml:2:9: error: holds 1025 values, more than 512 (recipes and descriptions have shorter ones)\n");
  EXPECT_NE(example.read("[model]\n" + keys).find("holds 1025 keys, more than 256"), std::string::npos);
  for (int doublings = 0; doublings < 4; ++doublings) items += items;
  EXPECT_NE(example.read("[model]\npaths = [" + items + "]\n").find("holds 16400 commas, more than 10000"),
            std::string::npos);
}

TEST(Apply, LocatesATableNameThatNoKeyCanStart) {
  Example example;
  EXPECT_EQ(example.read("[train]\nsteps = 5\n [[ ,list]]\n"),
            "a.toml:3:5: error: not valid TOML: a name starts with a character that no key can hold\n");
}

TEST(OptionSet, RefusesADoubleDeclaration) {
  int64_t steps = 1;
  OptionSet options;
  options.add("steps", &steps, "");
  EXPECT_THROW(options.add("steps", &steps, ""), BugError);
}

}  // namespace
}  // namespace trireme::config
