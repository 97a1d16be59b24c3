#include "trireme/formats/json_view.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

#include "support/expect_error.h"
#include "support/fuzz_rounds.h"
#include "support/mutate.h"
#include "trireme/core/error.h"

namespace trireme::formats {
namespace {

using nlohmann::json;

const std::string kSeed = R"({"a": [1, -2.5e3, 0, true, false, null], "": {"b": "x\n\"\u00e9\ud83d\ude00é\/"},
  "c": [[], {}, [{"d": 18446744073709551615}]], "a": "again"})";

/// What nlohmann makes of the same text.
json tree_of(const JsonView& view) {
  if (view.is_null()) return nullptr;
  if (view.is_boolean()) return view.is_true();
  if (view.is_string()) return view.string();
  if (view.integer()) return *view.integer();
  if (view.is_number()) return view.number();
  json tree = view.is_array() ? json::array() : json::object();
  if (view.is_array()) {
    for (const JsonView& item : view.elements()) tree.push_back(tree_of(item));
  } else {
    for (const auto& [key, value] : view.members()) tree[key.string()] = tree_of(value);
  }
  return tree;
}

TEST(JsonViewTest, FindsValuesWhereTheyLie) {
  const JsonView view(kSeed, "j");
  EXPECT_EQ(view.size(), 4u);
  EXPECT_EQ(view.find("a")->string(), "again");
  EXPECT_EQ(view.find("")->find("b")->string(), "x\n\"é😀é/");
  EXPECT_EQ(view.find("z"), std::nullopt);
  EXPECT_EQ(JsonView("[1 , [2]]", "j").pair()->second.text(), "[2]");
  EXPECT_EQ(JsonView("[1]", "j").pair(), std::nullopt);
  std::string dense;
  JsonView(" { \"a b\" : [ 1,\n2 ] } ", "j").for_each_dense_part([&](std::string_view part) { dense += part; });
  EXPECT_EQ(dense, R"({"a b":[1,2]})");
}

TEST(JsonViewTest, NamesThePlaceOfWhatIsNoJson) {
  const auto expect = [](const std::string& text, const std::string& what) {
    EXPECT_ERROR(FormatError, what, JsonView(text, "j"));
  };
  expect("", "j: empty, expected JSON");
  expect("{\n \"a\" 1}", "j: not JSON: expected ':' (line 2, column 6)");
  expect("[1,", "j: not JSON: expected a value, found the end (line 1, column 4)");
  expect("[1 2]", "j: not JSON: expected ',' or ']' (line 1, column 4)");
  expect("{1:2}", "j: not JSON: expected a key (line 1, column 2)");
  expect("[\"abc", "j: not JSON: a string that does not end (line 1, column 2)");
  expect("\"a\tb\"", "j: not JSON: a control character in a string");
  expect(R"("\x")", "j: not JSON: an unknown escape");
  expect(R"("\ud83dx")", "j: not JSON: half a surrogate pair");
  expect("\"\xff\"", "j: not JSON: the text is not UTF-8 (line 1, column 2)");
  expect("[-]", "j: not JSON: expected a digit (line 1, column 3)");
  expect("1 2", "j: not JSON: expected the end (line 1, column 3)");
  expect("[1e999]", "j: not JSON: number overflow");
  expect(std::string(65, '['), "j: nested deeper than 64");
}

TEST(JsonViewTest, FuzzedTextIsReadAsByAnotherParser) {
  std::mt19937 random(41);
  int read = 0;
  for (test::FuzzRounds rounds(3000); rounds.next();) {
    const std::string text = test::mutate(kSeed, random);
    SCOPED_TRACE(text);
    json expected = json::parse(text, nullptr, /*allow_exceptions=*/false);
    try {
      EXPECT_EQ(tree_of(JsonView(text, "j")), expected);
      ++read;
    } catch (const FormatError& problem) {
      // The other parser takes numbers that no double holds for infinite, and a NUL for the end of the text.
      const bool stricter = std::string_view(problem.what()).find("number overflow") != std::string_view::npos ||
                            text.find('\0') != text.npos;
      EXPECT_TRUE(expected.is_discarded() || stricter) << problem.what();
    }
  }
  EXPECT_GT(read, 50);
}

}  // namespace
}  // namespace trireme::formats
