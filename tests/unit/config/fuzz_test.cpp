#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/allocation_bound.h"
#include "support/dense_json.h"
#include "support/fuzz_rounds.h"
#include "support/mutate.h"
#include "support/test_scale.h"
#include "trireme/config/json.h"
#include "trireme/config/yaml.h"
#include "trireme/core/format.h"
#include "trireme/core/utf8.h"
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

/// A value is one of toml++ and one of ours, which knows its place: together 96 bytes, beside arrays that grow, to two
/// of the text `0,`. The largest block is a list of 512 values or a table of 256 keys, or the library's of 16,384
/// pointers.
constexpr test::AllocationLimit kTomlLimit = {.per_byte = 128, .fixed = 64 << 10};

TEST(Fuzz, DenseTomlTakesBoundedMemory) {
  std::string keys, tables;
  for (int i = 0; i < 5000; ++i) keys += format("{}=1\n", i), tables += format("[{}]\n", i);
  std::vector<std::string> texts = {keys, tables, "a=" + test::repeated("[", 100'000)};
  for (const char* value : {"0,", "'',", "[],", "{},"}) {
    for (const size_t bytes : {2'000, 10'000, 20'000, 30'000, 100'000}) {
      texts.push_back("a=[" + test::repeated(value, bytes) + "]");
    }
  }
  for (const std::string& text : texts) {
    const test::AllocationBound bound(text.size(), kTomlLimit);
    Diagnostics diagnostics;
    const Table table = parse_toml(text, "a.toml", diagnostics);
    EXPECT_EQ(table.empty(), diagnostics.has_errors());
  }
}

/// Whatever the bytes, reading ends without an exception: options hold valid values, and the rest is
/// reported.
TEST(Fuzz, MutatedFilesNeverEscapeValidation) {
  std::mt19937 random(1);
  int refused = 0, read = 0;
  for (test::FuzzRounds rounds(3000); rounds.next(); ++read) {
    const std::string text = test::mutate(kSeed, random);
    SCOPED_TRACE(text);
    const test::AllocationBound bound(text.size(), kTomlLimit);
    Example example;
    refused += example.read(text).empty() ? 0 : 1;
    EXPECT_GE(example.steps, 1);
    EXPECT_TRUE(example.rate >= 0 && example.rate < 1);
    EXPECT_TRUE(example.mode == "plain" || example.mode == "fancy");
    Example again;
    EXPECT_EQ(again.read(example.describe().dump_toml()), "");
  }
  EXPECT_GT(refused, read / 2);
}

TEST(Fuzz, MutatedOverridesNeverEscapeValidation) {
  std::mt19937 random(2);
  for (int round = 0; round < 3000 * test::test_scale(); ++round) {
    Example example;
    example.read("", {test::mutate("train.steps=12", random), test::mutate("model.paths=[\"a\", \"b\"]", random)});
    EXPECT_GE(example.steps, 1);
  }
}

const std::string kYamlSeed = R"(Version: 2010-09-09
Base: &base {a: 1, "b": [x, 'y''s', ~]}
Parts:
  - <<: *base
    size: 0755
  - !Sub "${A}-\u00e9"
  - ? key
    : !GetAtt a.b
Script: |
  #!/bin/bash
  echo "{a: b}"
Escaped: "\\_\\N\\x41\\U0001F600"
Folded: >-
  one
  two
)";

const std::string kJsonSeed = R"({"Version": "2010-09-09", "List": [1, -2.5, 1e5, true, null, "\u00e9\ud83d\ude00"],
	"Table": {"a": {"b": [[], {}]}, "c": ""}})";

/// Places lie inside the text, and strings are UTF-8.
void expect_sound(const Value& value, int lines) {
  EXPECT_GE(value.where.line, 1);
  EXPECT_LE(value.where.line, lines);
  EXPECT_GE(value.where.column, 1);
  if (const auto* string = std::get_if<std::string>(&value.data)) {
    EXPECT_EQ(valid_utf8_prefix(*string), string->size());
  }
  if (const auto* array = std::get_if<Array>(&value.data)) {
    for (const Value& item : *array) expect_sound(item, lines);
  }
  if (const auto* table = std::get_if<Table>(&value.data)) {
    for (const Member& member : *table) expect_sound(member.value, lines);
  }
}

/// Whatever the bytes, there is either a tree or a finding with its place.
template <class Reader>
void fuzz(const std::string& seed, Reader&& reader) {
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 3000 * test::test_scale(); ++round) {
    const std::string text = test::mutate(seed, random);
    SCOPED_TRACE(text);
    Diagnostics diagnostics;
    const std::optional<Value> value = reader(text, diagnostics);
    EXPECT_EQ(value.has_value(), diagnostics.empty());
    const int lines = 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    if (value) expect_sound(*value, lines);
    for (const Diagnostic& finding : diagnostics.items()) {
      EXPECT_GE(finding.where.line, 1) << to_string(finding);
      EXPECT_LE(finding.where.line, lines) << to_string(finding);
    }
    refused += value ? 0 : 1;
  }
  EXPECT_GT(refused, 1000 * test::test_scale());
  EXPECT_LT(refused, 3000 * test::test_scale());
}

TEST(Fuzz, MutatedYamlIsReadOrRefused) {
  const TagRule any = [](const std::string&, Value value) { return std::optional<Value>(std::move(value)); };
  fuzz(kYamlSeed, [&](const std::string& text, Diagnostics& found) { return parse_yaml(text, "a", found, any); });
}

TEST(Fuzz, MutatedJsonIsReadOrRefused) {
  fuzz(kJsonSeed, [](const std::string& text, Diagnostics& found) { return parse_json(text, "a", found); });
}

}  // namespace
}  // namespace trireme::config
