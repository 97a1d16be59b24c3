#include "trireme/catalog/condition.h"

#include <gtest/gtest.h>

#include <random>

#include "support/mutate.h"
#include "unit/catalog/stack_of.h"

namespace trireme::catalog {
namespace {

using Names = std::vector<std::string>;

Truth truth(std::string_view text, const Stack& stack) { return Condition::parse(text).value().evaluate(stack); }

/// Texts that are true, unknown and false on this stack.
const Stack kKnown = stack_of("p5.48xlarge", {{"nccl", "2.19"}});
const std::string kTrue = "nccl >= 2.19.0", kUnknown = "plugin < 1.7.0", kFalse = "nccl < 2.19.0";

TEST(Condition, Comparisons) {
  const Stack stack = stack_of("", {{"plugin", "1.6.0"}});
  const std::vector<std::pair<std::string, bool>> cases = {
      {"plugin < 1.6.0", false}, {"plugin <= 1.6.0", true}, {"plugin == 1.6", true}, {"plugin >= 1.6.0", true},
      {"plugin > 1.6.0", false}, {"plugin < 1.6.1", true},  {"plugin<1.7.0", true},  {"plugin > 1.5.9", true}};
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(truth(text, stack), expected ? Truth::kTrue : Truth::kFalse) << text;
  }
}

TEST(Condition, ThreeValuedAnd) {
  const std::vector<std::pair<std::string, Truth>> values = {
      {kFalse, Truth::kFalse}, {kUnknown, Truth::kUnknown}, {kTrue, Truth::kTrue}};
  for (const auto& [left, a] : values) {
    for (const auto& [right, b] : values) {
      EXPECT_EQ(truth(left + " and " + right, kKnown), std::min(a, b)) << left << " and " << right;
      EXPECT_EQ(truth(left + " or " + right, kKnown), std::max(a, b)) << left << " or " << right;
    }
  }
}

TEST(Condition, ThreeValuedNot) {
  EXPECT_EQ(truth("not " + kTrue, kKnown), Truth::kFalse);
  EXPECT_EQ(truth("not " + kUnknown, kKnown), Truth::kUnknown);
  EXPECT_EQ(truth("not not " + kTrue, kKnown), Truth::kTrue);
}

TEST(Condition, AndBindsTighterThanOr) {
  EXPECT_EQ(truth(kTrue + " or " + kFalse + " and " + kFalse, kKnown), Truth::kTrue);
  EXPECT_EQ(truth("(" + kTrue + " or " + kFalse + ") and " + kFalse, kKnown), Truth::kFalse);
}

TEST(Condition, InstanceIsAFamilyOrASet) {
  EXPECT_EQ(truth("instance in p5", kKnown), Truth::kTrue);
  EXPECT_EQ(truth("instance in g5, h100-sxm", kKnown), Truth::kTrue);
  EXPECT_EQ(truth("instance in p5e,p5en", kKnown), Truth::kFalse);
  EXPECT_EQ(truth("instance in p5", Stack{}), Truth::kUnknown);
  EXPECT_EQ(truth("instance in efa", stack_of("g5.xlarge")), Truth::kFalse);
  EXPECT_EQ(truth("instance in efa", stack_of("g5.8xlarge")), Truth::kTrue);
}

TEST(Condition, Prerelease) {
  EXPECT_EQ(truth("nccl is prerelease", stack_of("", {{"nccl", "2.28.0rc1"}})), Truth::kTrue);
  EXPECT_EQ(truth("nccl is prerelease", Stack{}), Truth::kUnknown);
  EXPECT_EQ(truth("always", Stack{}), Truth::kTrue);
}

TEST(Condition, MissingNamesOnlyWhatWouldDecide) {
  const auto missing = [](std::string_view text, const Stack& stack) {
    return Condition::parse(text).value().missing(stack);
  };
  EXPECT_EQ(missing("plugin < 1 or libfabric < 1", Stack{}), (Names{"plugin", "libfabric"}));
  EXPECT_EQ(missing("instance in p5 and plugin < 1 and plugin > 0", Stack{}), (Names{"instance", "plugin"}));
  EXPECT_EQ(missing(kFalse + " and plugin < 1 or kernel < 5", kKnown), (Names{"kernel"}));
  EXPECT_EQ(missing(kTrue + " or plugin < 1", kKnown), Names{});
}

TEST(Condition, WrongTextSaysWhereItEnds) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"",
       "expected not, always, instance, libfabric, plugin, efa-installer, nccl, cuda, driver, kernel, found the end"},
      {"plugin", "expected <, <=, ==, >=, > or is, found the end"},
      {"plugin < fast", "expected a version, found \"fast\""},
      {"plugin != 1", "found \"!=\""},
      {"plugins < 1", "found \"plugins\""},
      {"instance p5", "expected \"in\", found \"p5\""},
      {"instance in", "expected a family or set, found the end"},
      {"(plugin < 1", "expected \")\", found the end"},
      {"plugin < 1 plugin > 2", "expected \"and\", \"or\" or the end, found \"plugin\""},
      {"nccl is new", "expected \"prerelease\", found \"new\""},
      {std::string(100, '('), "expected fewer brackets"},
  };
  for (const auto& [text, message] : cases) {
    const auto parsed = Condition::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().find(message), std::string::npos) << parsed.error();
  }
}

TEST(Condition, AnyTextIsReadOrRefused) {
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string text = test::mutate("not (instance in p5, g5) and plugin<1.7.0 or libfabric >= 1.18.0", random);
    const auto parsed = Condition::parse(text);
    refused += parsed ? 0 : 1;
    EXPECT_TRUE(parsed || !parsed.error().empty());
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace trireme::catalog
