#include "trireme/config/yaml_scalar.h"

#include <gtest/gtest.h>

namespace trireme::config {
namespace {

struct Case {
  std::string text;
  std::string meaning;  // as yaml.safe_load of PyYAML 6.0 has it
};

class Plain : public testing::TestWithParam<Case> {};

TEST_P(Plain, MeansWhatItMeansToPyYaml) {
  const std::optional<Value::Data> data = resolve_plain(GetParam().text);
  ASSERT_TRUE(data) << GetParam().text;
  EXPECT_EQ((Value{*data, {}, {}}.describe()), GetParam().meaning) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Nulls, Plain,
                         testing::Values(Case{"", "null"}, Case{"~", "null"}, Case{"null", "null"},
                                         Case{"Null", "null"}, Case{"NULL", "null"}, Case{"nULL", "string \"nULL\""}));

INSTANTIATE_TEST_SUITE_P(
    Booleans, Plain,
    testing::Values(Case{"yes", "boolean true"}, Case{"Yes", "boolean true"}, Case{"YES", "boolean true"},
                    Case{"on", "boolean true"}, Case{"On", "boolean true"}, Case{"true", "boolean true"},
                    Case{"True", "boolean true"}, Case{"TRUE", "boolean true"}, Case{"no", "boolean false"},
                    Case{"off", "boolean false"}, Case{"OFF", "boolean false"}, Case{"False", "boolean false"},
                    Case{"y", "string \"y\""}, Case{"n", "string \"n\""}, Case{"yEs", "string \"yEs\""}));

INSTANTIATE_TEST_SUITE_P(
    Integers, Plain,
    testing::Values(Case{"0", "integer 0"}, Case{"-0", "integer 0"}, Case{"+12", "integer 12"},
                    Case{"-7", "integer -7"}, Case{"0755", "integer 493"}, Case{"-010", "integer -8"},
                    Case{"0_", "integer 0"}, Case{"08", "string \"08\""},
                    Case{"012345678901", "string \"012345678901\""}, Case{"0x1F", "integer 31"},
                    Case{"0x_f", "integer 15"}, Case{"-0b1_01", "integer -5"}, Case{"0o17", "string \"0o17\""},
                    Case{"1_000", "integer 1000"}, Case{"1__0_", "integer 10"}, Case{"_1", "string \"_1\""},
                    Case{"12:30:45", "integer 45045"}, Case{"22:22", "integer 1342"}, Case{"-1:30", "integer -90"},
                    Case{"1:60", "string \"1:60\""}, Case{"1:5", "integer 65"}, Case{"0:30", "string \"0:30\""},
                    Case{"1:", "string \"1:\""}, Case{"1:2:", "string \"1:2:\""},
                    Case{"9223372036854775807", "integer 9223372036854775807"},
                    Case{"-9223372036854775808", "integer -9223372036854775808"}, Case{"+", "string \"+\""},
                    Case{"-", "string \"-\""}, Case{"--1", "string \"--1\""}, Case{"1 2", "string \"1 2\""},
                    Case{"0x", "string \"0x\""}, Case{"1a", "string \"1a\""}));

INSTANTIATE_TEST_SUITE_P(
    Floats, Plain,
    testing::Values(Case{"1.5", "float 1.5"}, Case{"1.", "float 1.0"}, Case{".5", "float 0.5"},
                    Case{"-.5", "string \"-.5\""}, Case{"-1.5", "float -1.5"}, Case{"1e5", "string \"1e5\""},
                    Case{"1.0e5", "string \"1.0e5\""}, Case{"1.0e+2", "float 100.0"}, Case{"1.5E-1", "float 0.15"},
                    Case{"1_0.2_5", "float 10.25"}, Case{"1._", "float 1.0"}, Case{"._", "string \"._\""},
                    Case{".", "string \".\""}, Case{"1.2.3", "string \"1.2.3\""}, Case{"08.5", "float 8.5"},
                    Case{"1:30.5", "float 90.5"}, Case{"-1:30.", "float -90.0"}, Case{"0:30.5", "float 30.5"},
                    Case{".inf", "float inf"}, Case{"-.INF", "float -inf"}, Case{"+.Inf", "float inf"},
                    Case{".nan", "float nan"}, Case{"-.nan", "string \"-.nan\""}, Case{"inf", "string \"inf\""},
                    Case{"nan", "string \"nan\""}, Case{"1.5e+", "string \"1.5e+\""}));

INSTANTIATE_TEST_SUITE_P(Times, Plain,
                         testing::Values(Case{"2010-09-09", "a date"}, Case{"2010-9-9", "string \"2010-9-9\""},
                                         Case{"2001-12-14t21:59:43.10-05:00", "a date and time"},
                                         Case{"2001-1-4 1:59:43.10 -5", "a date and time"},
                                         Case{"2001-12-15 2:59:43Z", "a date and time"},
                                         Case{"2001-12-15T02:59", "string \"2001-12-15T02:59\""},
                                         Case{"2001-12-15 2:59:43 x", "string \"2001-12-15 2:59:43 x\""},
                                         Case{"20100909", "integer 20100909"},
                                         Case{"2010-09-091", "string \"2010-09-091\""}));

TEST(Plain, NumbersThatDoNotFitAreNone) {
  for (const std::string text : {"9223372036854775808", "-9223372036854775809", "0xFFFFFFFFFFFFFFFFF", "1.0e+999",
                                 "9999999999999999:59:59", "0b_", "0x_"}) {
    EXPECT_FALSE(resolve_plain(text)) << text;
  }
  EXPECT_FALSE(resolve_plain(std::string(1 << 20, '9')));
}

}  // namespace
}  // namespace trireme::config
