#include "trireme/core/format.h"

#include <gtest/gtest.h>

#include <type_traits>

/// A namespace with a `format` shaped as std::format is in newer libraries.
namespace newer_library {

template <class... Args>
struct FormatString {
  template <class Text>
  consteval FormatString(const Text&) {}
};

struct Value {};
std::ostream& operator<<(std::ostream& out, const Value&) { return out << "value"; }

template <class... Args>
std::string format(FormatString<std::type_identity_t<Args>...>, Args&&...) {
  return "not ours";
}

}  // namespace newer_library

namespace trireme {
namespace {

TEST(Format, FillsPlaceholdersInOrder) {
  EXPECT_EQ(format("{} of {}, {}", 1, "two", true), "1 of two, true");
  EXPECT_EQ(format("{} and the rest {}", 'a'), "a and the rest {}");
  EXPECT_EQ(format("{}", uint8_t{65}), "65");
}

TEST(Format, IsTakenAlsoWhereAnArgumentBringsAnotherOne) {
  newer_library::Value value;
  const newer_library::Value constant;
  EXPECT_EQ(format("{} {} {}", value, constant, newer_library::Value{}), "value value value");
  const std::string_view pattern = "{}!";
  EXPECT_EQ(format(pattern, value), "value!");
}

}  // namespace
}  // namespace trireme
