#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "trireme/cloud/template/names.h"
#include "trireme/cloud/template/policy.h"
#include "trireme/cloud/template/stack.h"
#include "trireme/cloud/template/write.h"
#include "trireme/core/error.h"

namespace trireme::cloud {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Value& value) { return Json::parse(to_cloudformation(value)); }
Json json_of(const Stack& stack) { return json_of(stack.to_template()); }

TEST(Text, JoinsLiterals) {
  const Text text = Text("a") + "b" + Text();
  EXPECT_TRUE(text.is_literal());
  EXPECT_EQ(text.literal(), "ab");
  EXPECT_EQ(text.pieces().size(), 1U);
  EXPECT_EQ(Text().literal(), "");
}

TEST(Text, ReferenceIsNoLiteral) {
  const Text text = "arn:" + Text::partition() + ":x";
  EXPECT_FALSE(text.is_literal());
  EXPECT_EQ(text.as_reference(), nullptr);
  EXPECT_EQ(text.pieces().size(), 3U);
  EXPECT_ERROR(BugError, "only the account knows", text.literal());
  EXPECT_EQ(Text::region().as_reference()->name, "AWS::Region");
}

TEST(WriteJson, ReferencesBecomeFunctions) {
  const Handle<VpcKind> vpc{"Vpc"};
  const Contract<SubnetKind> subnet{"c-network", "SubnetId"};
  EXPECT_EQ(json_of(Map{{"a", vpc.id()}})["a"], Json({{"Ref", "Vpc"}}));
  EXPECT_EQ(json_of(Map{{"a", vpc.attribute("CidrBlock")}})["a"], Json({{"Fn::GetAtt", {"Vpc", "CidrBlock"}}}));
  EXPECT_EQ(json_of(Map{{"a", subnet.imported()}})["a"], Json({{"Fn::ImportValue", "c-network-SubnetId"}}));
  EXPECT_EQ(json_of(Map{{"a", Text::account()}})["a"], Json({{"Ref", "AWS::AccountId"}}));
}

TEST(WriteJson, MixedTextIsASubstitution) {
  const Text here = arn_here("logs", "log-group:x");
  EXPECT_EQ(json_of(Map{{"a", here}})["a"],
            Json({{"Fn::Sub", "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:x"}}));
  const Text attribute = "x" + Handle<NameKind>{"Role"}.attribute("Arn").text();
  EXPECT_EQ(json_of(Map{{"a", attribute}})["a"], Json({{"Fn::Sub", "x${Role.Arn}"}}));
}

TEST(WriteJson, SubstitutionNamesItsImports) {
  const Contract<NameKind> bucket{"c-buckets", "A"}, other{"c-buckets", "B"};
  const Text text = "s3://" + bucket.imported().text() + "/" + other.imported().text() + Text::region();
  const Json sub = json_of(Map{{"a", text}})["a"]["Fn::Sub"];
  EXPECT_EQ(sub[0], "s3://${Import1}/${Import2}${AWS::Region}");
  EXPECT_EQ(sub[1], Json({{"Import1", {{"Fn::ImportValue", "c-buckets-A"}}},
                          {"Import2", {{"Fn::ImportValue", "c-buckets-B"}}}}));
}

TEST(WriteJson, SecretsAreResolvedByTheServiceAlone) {
  const Text password = Handle<SecretKind>{"Secret"}.secret_value();
  EXPECT_EQ(json_of(Map{{"a", password}})["a"]["Fn::Sub"], "{{resolve:secretsmanager:${Secret}}}");
  EXPECT_EQ(json_of(Map{{"a", "user:" + password}})["a"]["Fn::Sub"], "user:{{resolve:secretsmanager:${Secret}}}");
}

TEST(WriteJson, LiteralsNeverExpand) {
  for (const char* text : {"${AWS::AccountId}", "a ${x", "${!x}", "{{resolve:ssm:/x}}"}) {
    EXPECT_ERROR(BugError, "would be expanded by CloudFormation", to_cloudformation(Map{{"a", text}}));
    EXPECT_ERROR(BugError, "would be expanded", to_cloudformation(Map{{"a", List{Map{{"b", text + Text::region()}}}}}));
  }
  EXPECT_ERROR(BugError, "would be expanded", to_cloudformation(Map{{"a", Text("$") + "{x}"}}));
  EXPECT_EQ(json_of(Map{{"a", "$x {y} $"}})["a"], "$x {y} $");
}

TEST(WriteJson, EscapesWhatJsonMust) {
  const std::string text = "quote \" backslash \\ line\n tab\t \x01 \u00e9 \u2028";
  EXPECT_EQ(json_of(Map{{"a", text}})["a"], text);
}

TEST(WriteJson, KeepsOrderAndRefusesTwins) {
  EXPECT_EQ(to_json(Map{{"z", 1}, {"a", List{true, 0.5, int64_t{1} << 40}}, {"m", Map{}}}),
            "{\n  \"z\": 1,\n  \"a\": [\n    true,\n    0.5,\n    1099511627776\n  ],\n  \"m\": {}\n}\n");
  EXPECT_ERROR(BugError, "key a is written twice", to_json(Map{{"a", 1}, {"a", 2}}));
  EXPECT_ERROR(BugError, "only the account knows", to_json(Map{{"a", Text::region()}}));
}

TEST(Stack, WritesResourcesOutputsAndLifecycle) {
  Stack stack("c-network", "A network");
  const Contract<VpcKind> contract{"c-network", "VpcId"};
  const auto vpc = stack.add<VpcKind>("Vpc", "AWS::EC2::VPC", {{"CidrBlock", "10.0.0.0/16"}});
  stack.add("Later", "AWS::EC2::InternetGateway", {}, {.after = {"Vpc"}, .retain = true});
  stack.export_value(contract, vpc.id(), "The VPC");
  const Json json = json_of(stack);
  EXPECT_EQ(json["AWSTemplateFormatVersion"], "2010-09-09");
  EXPECT_EQ(json["Description"], "A network");
  EXPECT_EQ(json["Resources"]["Vpc"]["Properties"]["CidrBlock"], "10.0.0.0/16");
  EXPECT_EQ(json["Resources"]["Later"], Json({{"Type", "AWS::EC2::InternetGateway"},
                                              {"DependsOn", {"Vpc"}},
                                              {"DeletionPolicy", "RetainExceptOnCreate"},
                                              {"UpdateReplacePolicy", "Retain"}}));
  EXPECT_EQ(json["Outputs"]["VpcId"]["Export"]["Name"], "c-network-VpcId");
  EXPECT_EQ(json["Outputs"]["VpcId"]["Value"], Json({{"Ref", "Vpc"}}));
  EXPECT_EQ(stack.exports(), std::set<std::string>{"c-network-VpcId"});
}

TEST(Stack, ListsImportsWhereverTheyAre) {
  Stack stack("c-b", "");
  const Contract<NameKind> other{"c-a", "Name"};
  stack.add("X", "T", {{"deep", List{Map{{"k", "x" + other.imported().text()}}}}});
  EXPECT_EQ(stack.imports(), std::set<std::string>{"c-a-Name"});
}

TEST(Stack, RefusesWhatDangles) {
  Stack stack("c", "");
  stack.add("X", "T", {{"vpc", Handle<VpcKind>{"Gone"}.id()}});
  EXPECT_ERROR(BugError, "stack c: a reference to Gone, which it does not hold", stack.to_template());
  Stack waits("c", "");
  waits.add("X", "T", {}, {.after = {"Gone"}});
  EXPECT_ERROR(BugError, "stack c: X waits for Gone, which is absent", waits.to_template());
  Stack output("c", "");
  EXPECT_ERROR(BugError, "stack c exports VpcId of stack other",
               output.export_value(Contract<VpcKind>{"other", "VpcId"}, VpcId("vpc-1"), ""));
}

TEST(Stack, RefusesTwinsAndBadLogicalIds) {
  Stack stack("c", "");
  stack.add("X", "T", {});
  EXPECT_ERROR(BugError, "stack c: resource X is added twice", stack.add("X", "T", {}));
  EXPECT_ERROR(BugError, "stack c: \"gpu-x\" is no logical id", stack.add("gpu-x", "T", {}));
  EXPECT_ERROR(BugError, "is no logical id", stack.add("", "T", {}));
}

TEST(Names, PartsInLogicalIds) {
  EXPECT_EQ(camel_case("gpu-data"), "GpuData");
  EXPECT_EQ(camel_case("g5-2x"), "G52x");
}

}  // namespace
}  // namespace trireme::cloud
