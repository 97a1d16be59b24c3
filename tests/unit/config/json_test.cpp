#include "trireme/config/json.h"

#include <gtest/gtest.h>

#include "trireme/config/access.h"
#include "trireme/config/tree_builder.h"
#include "unit/config/show.h"

namespace trireme::config {
namespace {

std::string read(const std::string& text) {
  Diagnostics diagnostics;
  const std::optional<Value> value = parse_json(text, "a.json", diagnostics);
  EXPECT_EQ(value.has_value(), !diagnostics.has_errors());
  return value ? show(*value) : diagnostics.to_string();
}

TEST(Json, ReadsEveryKindOfValue) {
  EXPECT_EQ(read("\t{\n\t\t\"a\":\t[1, -2, 1e5, 1.5, true, false, null, \"x\"],\n\t\t\"b\": {}\n\t}\n"),
            "{\"a\": [integer 1, integer -2, float 1e+05, float 1.5, boolean true, boolean false, null, string "
            "\"x\"], \"b\": {}}");
  EXPECT_EQ(read("\xEF\xBB\xBF[]"), "[]");
  EXPECT_EQ(read("\"2010-09-09 yes: # no\""), "string \"2010-09-09 yes: # no\"");
  EXPECT_EQ(read(R"(["\ud83d\ude00", "\u00e9", "\/", "\n", "a\u0000b"])"),
            "[string \"\xF0\x9F\x98\x80\", string \"\xC3\xA9\", string \"/\", string \"\\n\", string \"a\\u0000b\"]");
  EXPECT_EQ(read("[9223372036854775807, -9223372036854775808, 1E-2, -0]"),
            "[integer 9223372036854775807, integer -9223372036854775808, float 0.01, integer 0]");
}

TEST(Json, KnowsWhereThingsAre) {
  Diagnostics diagnostics;
  const std::optional<Value> value =
      parse_json("{\"\xC3\xA9\" : [1 ,2,\r\n  [\"x\"]], \"b\"\n:\n\ttrue}", "a.json", diagnostics);
  ASSERT_TRUE(value) << diagnostics.to_string();
  const auto expect_at = [](const SourceLocation& where, int line, int column) {
    EXPECT_EQ(where.file, "a.json");
    EXPECT_EQ(std::pair(where.line, where.column), std::pair(line, column));
  };
  const Table& table = *as_table(&*value);
  expect_at(value->where, 1, 1);
  expect_at(table[0].where, 1, 2);
  const Array& array = *as_array(&table[0].value);
  expect_at(table[0].value.where, 1, 8);
  expect_at(array[0].where, 1, 9);
  expect_at(array[1].where, 1, 12);
  expect_at(array[2].where, 2, 3);
  expect_at((*as_array(&array[2]))[0].where, 2, 4);
  expect_at(table[1].where, 2, 11);
  expect_at(table[1].value.where, 4, 2);
}

TEST(Json, BareValuesKeepTheirText) {
  Diagnostics diagnostics;
  const std::optional<Value> value = parse_json("{\"a\": 1.50, \"b\":true, \"c\": null}", "a.json", diagnostics);
  const Table& table = *as_table(&*value);
  EXPECT_EQ(*as_text(find(table, "a")), "1.50");
  EXPECT_EQ(*as_text(find(table, "b")), "true");
  EXPECT_EQ(as_text(find(table, "c")), nullptr);
}

TEST(Json, RefusesKeysWrittenTwice) {
  EXPECT_EQ(read("{\"a\": 1,\n\"b\": [{\"c\": 1, \"\\u0063\": 2}],\n\"a\": 2}"),
            "a.json:2:16: error: key \"c\" is written twice, first in line 2 (remove one of the two)\n"
            "a.json:3:1: error: key \"a\" is written twice, first in line 1 (remove one of the two)\n");
}

TEST(Json, RefusesNumbersThatDoNotFit) {
  EXPECT_EQ(read("[18446744073709551615, 9223372036854775808,\n123456789012345678901234567890]"),
            "a.json:1:2: error: number 18446744073709551615 does not fit 64 bits (quote it if it is a name)\n"
            "a.json:1:24: error: number 9223372036854775808 does not fit 64 bits (quote it if it is a name)\n"
            "a.json:2:1: error: number 123456789012345678901234567890 does not fit 64 bits (quote it if it is a "
            "name)\n");
  EXPECT_EQ(read("[1e999]").find("a.json:1:2: error: number 1e999 does not fit 64 bits"), 0u);
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const std::string text : {"", "{", "[1,]", "{a: 1}", "{'a': 1}", "[01]", "[1] x", "nul", "[\"\\ud83d\"]",
                                 "[\"\t\"]", "// c\n1", "[NaN]", "[+1]", "[.5]", "\"a", "{\"a\" 1}", "[\"\\x41\"]"}) {
    EXPECT_NE(read(text).find("error: not valid JSON: "), std::string::npos) << text;
  }
  EXPECT_EQ(read("{\"a\": 1,\n  x}"),
            "a.json:2:3: error: not valid JSON: syntax error while parsing object key - invalid literal; last read: "
            "'1,<U+000A>  x'; expected string literal\n");
  EXPECT_EQ(read("[\"\xFF\"]"), "a.json:1:3: error: is not UTF-8 from here on (save the file as UTF-8)\n");
  EXPECT_EQ(read(std::string("[\0]", 3)), "a.json:1:2: error: holds a NUL byte (save the file as plain UTF-8 text)\n");
}

TEST(Json, LimitsDepthAndSize) {
  const std::string deep = std::string(kMaxDepth, '[') + std::string(kMaxDepth, ']');
  EXPECT_EQ(read(deep), deep);
  EXPECT_EQ(read("[" + deep + "]"), "a.json:1:65: error: nests deeper than 64 levels (flatten it)\n");
  std::string many = "[0";
  for (int i = 0; i < kMaxNodes; ++i) many += ",0";
  EXPECT_NE(read(many + "]").find("holds more than 200000 values"), std::string::npos);
}

TEST(Json, AMessageQuotesOnlyTheBeginning) {
  EXPECT_LT(read("[\"" + std::string(1 << 20, 'a')).size(), 500u);
  EXPECT_LT(read("[" + std::string(1 << 20, '9') + "]").size(), 500u);
}

}  // namespace
}  // namespace trireme::config
