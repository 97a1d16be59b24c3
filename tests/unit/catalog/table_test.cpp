#include "trireme/catalog/table.h"

#include <gtest/gtest.h>

#include <functional>

#include "trireme/core/error.h"

namespace trireme::catalog {
namespace {

constexpr const char* kText = "# facts\nname\tsize\tshare\tgood\n\nfirst\t3\t0.5\ttrue\nsecond\t-\tx\tmaybe\n";

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const FormatError& error) {
    return error.what();
  }
  return "no FormatError";
}

TEST(Table, ReadsTypedFieldsAndSkipsComments) {
  const Table table = Table::parse(kText, "t.tsv");
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table.text(0, "name"), "first");
  EXPECT_EQ(table.integer(0, "size"), 3);
  EXPECT_EQ(table.number(0, "share"), 0.5);
  EXPECT_EQ(table.boolean(0, "good"), true);
}

TEST(Table, DashIsUnknown) { EXPECT_EQ(Table::parse(kText, "t.tsv").integer(1, "size"), std::nullopt); }

TEST(Table, RequiredFieldsAndLists) {
  const Table table = Table::parse("n\tnames\n-\ta,b\n7\t-\n", "t.tsv");
  EXPECT_EQ(table.required_integer(1, "n"), 7);
  EXPECT_EQ(message_of([&] { (void)table.required_integer(0, "n"); }),
            "t.tsv:2: column n must be a whole number, got \"-\"");
  EXPECT_EQ(table.list(0, "names"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(table.list(1, "names").empty());
}

TEST(Table, WrongTypesNameFileLineAndColumn) {
  const Table table = Table::parse(kText, "t.tsv");
  EXPECT_EQ(message_of([&] { (void)table.number(1, "share"); }), "t.tsv:5: column share must be a number, got \"x\"");
  EXPECT_EQ(message_of([&] { (void)table.boolean(1, "good"); }),
            "t.tsv:5: column good must be true or false, got \"maybe\"");
  EXPECT_EQ(message_of([&] { (void)table.text(0, "colour"); }), "t.tsv: the table has no column \"colour\"");
}

TEST(Table, RowsMustMatchTheColumns) {
  EXPECT_EQ(message_of([] { Table::parse("a\tb\n1\n", "t.tsv"); }), "t.tsv:2: 1 fields where the table has 2 columns");
  EXPECT_EQ(message_of([] { Table::parse("# nothing\n", "t.tsv"); }), "t.tsv: the table has no line of column names");
}

}  // namespace
}  // namespace trireme::catalog
