#include "trireme/catalog/version.h"

#include <gtest/gtest.h>

namespace trireme::catalog {
namespace {

Version version(std::string_view text) { return Version::parse(text).value(); }

TEST(Version, ComparesNumbersNotText) {
  EXPECT_LT(version("1.9.2"), version("1.18.0"));
  EXPECT_LT(version("1.6"), version("1.6.1"));
  EXPECT_EQ(version("12"), version("12.0.0"));
  EXPECT_GT(version("570.133.20"), version("570.26"));
  EXPECT_LT(version("4.14"), version("5.4"));
}

TEST(Version, SuffixesMakeNoDifference) {
  EXPECT_EQ(version("1.16.3-aws"), version("1.16.3"));
  EXPECT_EQ(version("v2.27.7-1"), version("2.27.7"));
  EXPECT_EQ(version("2.27.5-1"), version("2.27.5-2"));
  EXPECT_EQ(version("5.15.0-1084-aws"), version("5.15"));
  EXPECT_EQ(version("6.1.141-165.249.amzn2023.x86_64"), version("6.1.141"));
  EXPECT_EQ(version("2.4.0amzn5.0"), version("2.4.0"));
  EXPECT_EQ(version("1.16.0~amzn4.0"), version("1.16.0"));
  EXPECT_EQ(version("2.27.5+cuda12.9").text(), "2.27.5+cuda12.9");
}

TEST(Version, Prereleases) {
  for (const char* text : {"2.28.0rc1", "2.28.0-rc.1", "1.7.0~beta", "1.0-alpha", "3.0-dev"}) {
    EXPECT_TRUE(version(text).prerelease()) << text;
  }
  for (const char* text : {"2.28.0", "2.27.5-1", "1.16.3-aws", "2.4.0amzn5.0", "1-", "1~~"}) {
    EXPECT_FALSE(version(text).prerelease()) << text;
  }
}

TEST(Version, WrongTextIsRefusedWithAnExample) {
  for (const char* text : {"", "v", "abc", ".1", "1.", "1..2", "-1", "1.2 ", " 1.2", "1,2", "1.2-é", "latest",
                           "99999999999999999999", "1.99999999999999999999"}) {
    EXPECT_FALSE(Version::parse(text)) << text;
  }
  EXPECT_EQ(Version::parse("latest").error(), "\"latest\" is no version; one looks like 1.16.3 or 2.27.5-1");
}

}  // namespace
}  // namespace trireme::catalog
