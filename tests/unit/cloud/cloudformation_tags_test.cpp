#include "trireme/cloud/document/cloudformation_tags.h"

#include <gtest/gtest.h>

#include "trireme/config/yaml.h"
#include "unit/config/show.h"

namespace trireme::cloud {
namespace {

std::string read(const std::string& text) {
  Diagnostics diagnostics;
  const std::optional<config::Value> value = config::parse_yaml(text, "t.yaml", diagnostics, cloudformation_tag);
  return value ? config::show(*value) : diagnostics.to_string();
}

TEST(CloudFormationTags, BecomeTheirLongForms) {
  EXPECT_EQ(read("!Ref Vpc"), "{\"Ref\": string \"Vpc\"}");
  EXPECT_EQ(read("!Condition IsLarge"), "{\"Condition\": string \"IsLarge\"}");
  EXPECT_EQ(read("!Sub 2010-09-09"), "{\"Fn::Sub\": string \"2010-09-09\"}");
  EXPECT_EQ(read("!GetAZs ''"), "{\"Fn::GetAZs\": string \"\"}");
  EXPECT_EQ(read("!Join ['-', [a, !Ref B]]"),
            "{\"Fn::Join\": [string \"-\", [string \"a\", {\"Ref\": string \"B\"}]]}");
  EXPECT_EQ(read("!If\n- C\n- !Select [0, !GetAZs ]\n- !Base64\n  Fn::Sub: x\n"),
            "{\"Fn::If\": [string \"C\", {\"Fn::Select\": [integer 0, {\"Fn::GetAZs\": string \"\"}]}, "
            "{\"Fn::Base64\": {\"Fn::Sub\": string \"x\"}}]}");
}

TEST(CloudFormationTags, GetAttSplitsAtTheFirstDot) {
  EXPECT_EQ(read("!GetAtt Stack.Outputs.Id"), "{\"Fn::GetAtt\": [string \"Stack\", string \"Outputs.Id\"]}");
  EXPECT_EQ(read("!GetAtt [Stack, Arn]"), "{\"Fn::GetAtt\": [string \"Stack\", string \"Arn\"]}");
  EXPECT_EQ(read("!GetAtt Stack"), "{\"Fn::GetAtt\": string \"Stack\"}");
}

TEST(CloudFormationTags, AnotherTagIsRefused) {
  EXPECT_EQ(read("a:\n  b: !Reff x\n"),
            "t.yaml:2:6: error: unknown tag !Reff (remove the tag, or quote a text that begins with \"!\")\n");
}

}  // namespace
}  // namespace trireme::cloud
