#include <gtest/gtest.h>

#include "unit/config/example.h"

namespace trireme::config {
namespace {

TEST(Override, WinsOverTheFileAndLaterOnesOverEarlier) {
  Example example;
  EXPECT_EQ(example.read("[train]\nsteps = 5\n", {"train.steps=6", "train.steps = 7"}), "");
  EXPECT_EQ(example.steps, 7);
}

TEST(Override, TakesTomlValues) {
  Example example;
  EXPECT_EQ(example.read("", {"train.fast=true", "train.rate=1e-3", "model.paths=[\"a\", \"b\"]", "train.seed=1_000",
                              "model.rope={type=\"linear\", factor=8}"}),
            "");
  EXPECT_TRUE(example.fast);
  EXPECT_EQ(example.rate, 1e-3);
  EXPECT_EQ(example.paths, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(example.seed, 1000u);
  EXPECT_EQ(example.factor, 8.0);
}

TEST(Override, TakesStringsWithoutQuotes) {
  Example example;
  for (const std::string text : {"fancy/run 1", "42", "true", "2026-01-01", "a=b", "1f1b", "", "# no comment"}) {
    EXPECT_EQ(example.read("", {"model.title=" + text}), "");
    EXPECT_EQ(example.title, text);
  }
  EXPECT_EQ(example.read("", {"model.title=\"quoted\""}), "");
  EXPECT_EQ(example.title, "quoted");
}

TEST(Override, TakesOneStringForAList) {
  Example example;
  EXPECT_EQ(example.read("", {"model.paths=corpus/train"}), "");
  EXPECT_EQ(example.paths, std::vector<std::string>{"corpus/train"});
}

TEST(Override, NamesItselfInMessages) {
  Example example;
  EXPECT_EQ(example.read("", {"train.steps=many"}),
            "--set train.steps: error: train.steps: expected an integer, got string \"many\" (number of "
            "updates)\n");
  EXPECT_EQ(example.read("", {"train.stepz=3"}),
            "--set train.stepz: error: train.stepz: unknown key (did you mean \"steps\"?)\n");
  EXPECT_EQ(example.read("", {"train.steps=0"}),
            "--set train.steps: error: train.steps: must be at least 1, got 0 (number of updates)\n");
}

TEST(Override, RefusesWhatIsNotAnAssignment) {
  Example example;
  EXPECT_EQ(example.read("", {"train.steps"}),
            "--set train.steps: error: expected section.key=value (for example --set train.steps=200)\n");
  EXPECT_EQ(example.read("", {"=3"}),
            "--set : error: expected section.key=value (for example --set train.steps=200)\n");
  EXPECT_EQ(example.read("", {"train..steps=3"}),
            "--set train..steps: error: expected section.key=value (for example --set train.steps=200)\n");
}

TEST(Override, DoesNotTakeABrokenArrayForAString) {
  Example example;
  const std::string problems = example.read("", {"model.title=[a"});
  EXPECT_EQ(problems.rfind("--set model.title: error: model.title: not valid TOML", 0), 0u) << problems;
  EXPECT_EQ(example.title, "run");
}

TEST(Override, CannotSmuggleInASecondKey) {
  Example example;
  EXPECT_EQ(
      example.read("", {"train.steps=3\nfast = true"}).rfind("--set train.steps: error: train.steps: expected", 0), 0u);
  EXPECT_FALSE(example.fast);
}

}  // namespace
}  // namespace trireme::config
