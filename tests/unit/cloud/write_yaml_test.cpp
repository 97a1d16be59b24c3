#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "support/expect_error.h"
#include "support/test_scale.h"
#include "trireme/cloud/template/stack.h"
#include "trireme/cloud/template/write.h"
#include "trireme/config/yaml.h"
#include "trireme/core/error.h"

namespace trireme::cloud {
namespace {

std::string yaml_of(const Value& value) {
  std::vector<Placeholder> placeholders;
  return to_yaml(value, placeholders);
}

/// What a reader of YAML sees.
config::Table read(const std::string& yaml) {
  Diagnostics diagnostics;
  const auto value = config::parse_yaml(yaml, "a.yaml", diagnostics);
  EXPECT_TRUE(value) << diagnostics.to_string() << yaml;
  return value ? std::get<config::Table>(value->data) : config::Table{};
}

const config::Value& at(const config::Table& table, const std::string& key) {
  static const config::Value none;
  for (const config::Member& member : table) {
    if (member.key == key) return member.value;
  }
  ADD_FAILURE() << "no key " << key;
  return none;
}

TEST(WriteYaml, TextStaysText) {
  const std::vector<std::string> texts = {
      "",        "yes",     "No",       "on",           "OFF",         "y",         "N",          "true",
      "False",   "null",    "~",        "0123",         "1:30",        "0x1f",      "1e5",        "1_000",
      ".5",      "12",      "-",        "- a",          "? a",         ": a",       "a: b",       "a #b",
      "#b",      "*x",      "&x",       "!x",           "%x",          "@x",        "`x`",        "[x]",
      "{x}",     "a,b",     "'x'",      "\"x\"",        "back\\slash", " x",        "x ",         "2026-11-25",
      "line\n",  "\n",      "a\nb\n\n", "a\r\nb",       "\ttab",       "\u00e9",    "\U0001f600", "\u2028",
      "\u0085x", "\ufeffx", "\x7f",     "\u0080\u009f", "a\u00a0b",    "---",       "...",        "<<",
      "=",       "NaN",     ".nan",     "inf",          "10.0.0.0/16", "us-east-2", "${x}",       "s3://a/b c"};
  for (const std::string& text : texts) {
    const config::Table table = read(yaml_of(Map{{"key", text}, {"list", List{text}}, {text, 1}}));
    EXPECT_EQ(std::get<std::string>(at(table, "key").data), text);
    EXPECT_EQ(std::get<std::string>(std::get<config::Array>(at(table, "list").data).at(0).data), text);
    EXPECT_EQ(std::get<int64_t>(at(table, text).data), 1);
  }
}

TEST(WriteYaml, OnlyWordsGoPlain) {
  EXPECT_EQ(yaml_of(Map{{"Os", "ubuntu2204"}, {"Path", "/fsx"}, {"Flag", "on"}, {"Type", "p5.48xlarge"}}),
            "Os: ubuntu2204\nPath: \"/fsx\"\nFlag: \"on\"\nType: p5.48xlarge\n");
}

TEST(WriteYaml, RandomTextReadsBack) {
  std::mt19937 random(5);
  const std::vector<std::string> letters = {"a", "1",  ".",  ":", " ", "-",      "#",      "\n",  "\"",
                                            "'", "\\", "\t", "{", "]", ",",      "&",      "*",   "!",
                                            "|", ">",  "%",  "@", "`", "\u00e9", "\u2029", "\x1f"};
  for (int round = 0; round < 2000 * test::test_scale(); ++round) {
    std::string text;
    for (int length = static_cast<int>(random() % 12); length > 0; --length) text += letters[random() % letters.size()];
    SCOPED_TRACE(text);
    EXPECT_EQ(std::get<std::string>(at(read(yaml_of(Map{{"a", text}})), "a").data), text);
  }
}

TEST(WriteYaml, Nesting) {
  const Map inner = {{"a", 1}, {"b", List{}}, {"c", Map{}}, {"d", true}, {"e", 0.5}};
  const std::string yaml =
      yaml_of(Map{{"list", List{inner, "x", List{1, List{2}}, Map{{"m", Map{{"n", List{inner}}}}}}}, {"z", inner}});
  const config::Table table = read(yaml);
  const auto& list = std::get<config::Array>(at(table, "list").data);
  ASSERT_EQ(list.size(), 4U) << yaml;
  EXPECT_EQ(std::get<config::Table>(list[0].data).size(), 5U);
  EXPECT_EQ(std::get<config::Array>(list[2].data).size(), 2U);
  EXPECT_EQ(std::get<double>(at(std::get<config::Table>(at(table, "z").data), "e").data), 0.5);
  EXPECT_EQ(yaml_of(Map{}), "{}\n");
}

TEST(WriteYaml, KeysOnce) {
  EXPECT_ERROR(BugError, "key a is written twice", yaml_of(Map{{"a", 1}, {"a", 2}}));
  EXPECT_ERROR(BugError, "key a is written twice", yaml_of(Map{{"x", List{Map{{"a", 1}, {"a", 2}}}}}));
}

TEST(Placeholders, HaveTheFormOfTheRealOne) {
  const Contract<SubnetKind> subnet{"c-network", "PrivateSubnet1Id"};
  const Contract<SecretKind> secret{"c-accounting", "DatabaseSecretArn"};
  const Contract<NameKind> host{"c-accounting", "DatabaseHost"};
  std::vector<Placeholder> placeholders;
  const std::string yaml = to_yaml(Map{{"a", subnet.imported()},
                                       {"b", secret.imported()},
                                       {"c", host.imported().text() + ":3306"},
                                       {"d", subnet.imported()}},
                                   placeholders);
  ASSERT_EQ(placeholders.size(), 3U);
  EXPECT_EQ(placeholders[0].source, "c-network-PrivateSubnet1Id");
  EXPECT_TRUE(std::regex_match(placeholders[0].value, std::regex("subnet-[0-9a-f]{17}"))) << placeholders[0].value;
  EXPECT_TRUE(std::regex_match(placeholders[1].value, std::regex("arn:aws:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:"
                                                                 "[0-9a-f]+-[0-9]{6}")));
  const config::Table table = read(yaml);
  EXPECT_EQ(std::get<std::string>(at(table, "a").data), placeholders[0].value);
  EXPECT_EQ(std::get<std::string>(at(table, "d").data), placeholders[0].value);
  EXPECT_EQ(std::get<std::string>(at(table, "c").data), placeholders[2].value + ":3306");
  std::vector<Placeholder> again;
  to_yaml(Map{{"a", subnet.imported()}}, again);
  EXPECT_EQ(again[0].value, placeholders[0].value);
}

TEST(Placeholders, StandForImportsAlone) {
  EXPECT_ERROR(BugError, "YAML can't refer to Vpc", yaml_of(Map{{"a", Handle<VpcKind>{"Vpc"}.id()}}));
  EXPECT_ERROR(BugError, "YAML can't refer to AWS::Region", yaml_of(Map{{"a", Text::region()}}));
}

}  // namespace
}  // namespace trireme::cloud
