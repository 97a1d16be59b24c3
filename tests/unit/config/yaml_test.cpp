#include "trireme/config/yaml.h"

#include <gtest/gtest.h>

#include "trireme/config/access.h"
#include "unit/config/show.h"

namespace trireme::config {
namespace {

/// The one member {"tag:name": value}, for the tags A and B.
std::optional<Value> letters(const std::string& name, Value value) {
  if (name != "A" && name != "B") return std::nullopt;
  const SourceLocation where = value.where;
  return Value{Table{{"tag:" + name, where, std::move(value)}}, where, {}};
}

/// The tree, or what is wrong with `text`.
std::string read(const std::string& text) {
  Diagnostics diagnostics;
  const std::optional<Value> value = parse_yaml(text, "a.yaml", diagnostics, letters);
  EXPECT_EQ(value.has_value(), !diagnostics.has_errors());
  return value ? show(*value) : diagnostics.to_string();
}

TEST(Yaml, ReadsBlockAndFlow) {
  EXPECT_EQ(read("a:\n- 1\n- [x, \"2\"]\nb: {c: ~, d: }\ne: |\n  l1\n  l2\nf: >-\n  l1\n  l2\n"),
            "{\"a\": [integer 1, [string \"x\", string \"2\"]], \"b\": {\"c\": null, \"d\": null}, "
            "\"e\": string \"l1\\nl2\\n\", \"f\": string \"l1 l2\"}");
  EXPECT_EQ(read(R"("\N\_\u00e9\L\x41")"),
            "string \"\xC2\x85\xC2\xA0\xC3\xA9\xE2\x80\xA8"
            "A\"");
  EXPECT_EQ(read("\xEF\xBB\xBFx"), "string \"x\"");
}

TEST(Yaml, KnowsWhereThingsAre) {
  Diagnostics diagnostics;
  const std::optional<Value> value = parse_yaml(
      "# c\r\n\xC3\xA9\xC3\xA9: [\xC3\xBC, {k: !A v}]\r\nlast:\r\n  deep: \"t\"\r\n", "a.yaml", diagnostics, letters);
  ASSERT_TRUE(value) << diagnostics.to_string();
  const Table& table = *as_table(&*value);
  const auto expect_at = [](const SourceLocation& where, int line, int column) {
    EXPECT_EQ(where.file, "a.yaml");
    EXPECT_EQ(std::pair(where.line, where.column), std::pair(line, column));
  };
  expect_at(value->where, 2, 1);
  expect_at(table[0].where, 2, 1);
  expect_at(table[0].value.where, 2, 5);
  const Array& array = *as_array(&table[0].value);
  expect_at(array[0].where, 2, 6);
  expect_at(array[1].where, 2, 9);
  expect_at((*as_table(&array[1]))[0].where, 2, 10);
  expect_at((*as_table(&array[1]))[0].value.where, 2, 13);
  expect_at(table[1].where, 3, 1);
  expect_at(table[1].value.where, 4, 3);
  expect_at(find(*as_table(&table[1].value), "deep")->where, 4, 9);
}

TEST(Yaml, PlainScalarsKeepTheirText) {
  Diagnostics diagnostics;
  const std::optional<Value> value =
      parse_yaml("Version: 2010-09-09\nOn: yes\nId: 0755\nNone: ~\nText: \"5\"\n", "a.yaml", diagnostics);
  const Table& table = *as_table(&*value);
  EXPECT_EQ(*as_text(find(table, "Version")), "2010-09-09");
  EXPECT_EQ(*as_text(find(table, "On")), "yes");
  EXPECT_EQ(*as_text(find(table, "Id")), "0755");
  EXPECT_EQ(as_text(find(table, "None")), nullptr);
  EXPECT_EQ(*as_text(find(table, "Text")), "5");
  EXPECT_EQ(as_text(find(table, "absent")), nullptr);
}

TEST(Yaml, KeysAreTheirText) {
  EXPECT_EQ(read("1: a\nyes: b\n2010-09-09: c\n~: d\n1.50: e\n"),
            "{\"1\": string \"a\", \"yes\": string \"b\", \"2010-09-09\": string \"c\", \"null\": string \"d\", "
            "\"1.50\": string \"e\"}");
  EXPECT_EQ(read("? [a]\n: b\nc: 1\n"), "a.yaml:1:3: error: an array can't be a key (use text as the key)\n");
  EXPECT_EQ(read("? !A x\n: b\n"), "a.yaml:1:3: error: a table can't be a key (use text as the key)\n");
}

TEST(Yaml, RefusesKeysWrittenTwice) {
  EXPECT_EQ(read("a: 1\nb:\n  c: 1\n  \"c\": 2\na: 3\n"),
            "a.yaml:4:3: error: key \"c\" is written twice, first in line 3 (remove one of the two)\n"
            "a.yaml:5:1: error: key \"a\" is written twice, first in line 1 (remove one of the two)\n");
  EXPECT_EQ(read("[{1: x, '1': y}]"),
            "a.yaml:1:9: error: key \"1\" is written twice, first in line 1 (remove one of the two)\n");
}

TEST(Yaml, CoreTagsMustFit) {
  EXPECT_EQ(read("[!!str 5, !!int \"5\", !!float 1.5, !!bool yes, !!null ~, ! yes, !!seq [], !!map {}]"),
            "[string \"5\", integer 5, float 1.5, boolean true, null, string \"yes\", [], {}]");
  EXPECT_EQ(read("[!!int x, !!float 1, !!set {}, !!binary aa, !<tag:a,b> 1]"),
            "a.yaml:1:2: error: tag !!int does not fit: without it, this is !!str (remove the tag)\n"
            "a.yaml:1:11: error: tag !!float does not fit: without it, this is !!int (remove the tag)\n"
            "a.yaml:1:22: error: tag !!set does not fit: without it, this is !!map (remove the tag)\n"
            "a.yaml:1:32: error: tag !!binary does not fit: without it, this is !!str (remove the tag)\n"
            "a.yaml:1:45: error: tag !<tag:a,b> does not fit: without it, this is !!int (remove the tag)\n");
}

}  // namespace
}  // namespace trireme::config
