#include "trireme/cloud/deploy/templates.h"

#include <gtest/gtest.h>

#include "trireme/cloud/deploy/change_set.h"
#include "trireme/cloud/deploy/step.h"

namespace trireme::cloud {
namespace {

SynthFile stack(const std::string& target, const std::string& text, std::set<std::string> exports = {},
                std::set<std::string> imports = {}) {
  return {.target = target,
          .path = target + ".json",
          .kind = "cloudformation",
          .text = text,
          .stack = "c-" + target,
          .exports = std::move(exports),
          .imports = std::move(imports)};
}

constexpr const char* kVpc = R"({"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {}}}})";
constexpr const char* kDatabase = R"({"Resources": {
  "Db": {"Type": "AWS::RDS::DBCluster", "DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain",
         "Metadata": {"note": 1}, "Properties": {"Engine": "aurora-mysql", "DeletionProtection": true}},
  "Group": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"Open": true}}}})";

Cluster cluster() {
  Cluster cluster;
  cluster.name = "c";
  cluster.region = "us-east-2";
  return cluster;
}

TEST(Templates, SaysTheSameWhateverTheLayout) {
  EXPECT_TRUE(same_template(R"({"a": 1, "b": [1, 2]})", "{\"b\":[1,2],\n\"a\":1}"));
  EXPECT_FALSE(same_template(R"({"a": 1, "b": [1, 2]})", R"({"a": 1, "b": [2, 1]})"));
}

TEST(Templates, WithoutProtectionKeepsTheRest) {
  const Json before = Json::parse(kDatabase);
  const Json after = Json::parse(without_protection(stack("accounting", kDatabase)).text);
  const Json& database = after["Resources"]["Db"];
  EXPECT_EQ(database["DeletionPolicy"], "Delete");
  EXPECT_EQ(database["UpdateReplacePolicy"], "Delete");
  EXPECT_EQ(database["Properties"], (Json{{"Engine", "aurora-mysql"}, {"DeletionProtection", false}}));
  EXPECT_EQ(database["Metadata"]["note"], 1);
  EXPECT_TRUE(database["Metadata"].contains("trireme"));  // else CloudFormation would see no change
  EXPECT_EQ(after["Resources"]["Group"], before["Resources"]["Group"]);
  const std::string again = without_protection(stack("accounting", after.dump())).text;
  EXPECT_TRUE(same_template(again, after.dump()));
}

TEST(Templates, RetainedResources) {
  EXPECT_EQ(retained_resources(stack("accounting", kDatabase)), std::set<std::string>{"Db"});
  EXPECT_TRUE(retained_resources(without_protection(stack("accounting", kDatabase))).empty());
}

TEST(Templates, LargeByTheBytesOfARequestNotOfTheFile) {
  const std::string spaces(60000, ' '), letters(60000, 'x');
  EXPECT_FALSE(is_large(stack("a", R"({"Resources": {)" + spaces + "}}")));
  EXPECT_TRUE(is_large(stack("a", R"({"Resources": {}, "Description": ")" + letters + "\"}")));
}

TEST(ContentId, TellsTemplatesAndTagsApart) {
  Cluster plain = cluster(), tagged = cluster();
  tagged.tags["team"] = "x";
  const SynthFile vpc = stack("network", kVpc), database = stack("network", kDatabase);
  EXPECT_EQ(content_id(plain, vpc), content_id(plain, vpc));
  EXPECT_NE(content_id(plain, vpc), content_id(plain, database));
  EXPECT_NE(content_id(plain, vpc), content_id(tagged, vpc));
  EXPECT_EQ(content_id(plain, vpc).size(), 16u);
}

TEST(FindDataLoss, ReplacedAndRemovedDataUnlessNamed) {
  const ResourceChange grown{.action = "Modify", .logical_id = "Fsx", .type = "AWS::FSx::FileSystem"};
  const ResourceChange replaced{
      .action = "Modify", .logical_id = "Fsx", .type = "AWS::FSx::FileSystem", .replaced = true};
  const ResourceChange removed{.action = "Remove", .logical_id = "Bucket", .type = "AWS::S3::Bucket"};
  const ResourceChange rule{.action = "Remove", .logical_id = "Rule", .type = "AWS::EC2::SecurityGroupIngress"};
  const ResourceChange added{.action = "Add", .logical_id = "Db", .type = "AWS::RDS::DBCluster"};
  EXPECT_EQ(find_data_loss({grown, rule, added}, {}), nullptr);
  const std::vector<ResourceChange> both = {rule, replaced, removed};
  ASSERT_NE(find_data_loss(both, {}), nullptr);
  EXPECT_EQ(find_data_loss(both, {})->logical_id, "Fsx");
  EXPECT_EQ(find_data_loss(both, {"Fsx"})->logical_id, "Bucket");
  EXPECT_EQ(find_data_loss(both, {"Fsx", "Bucket"}), nullptr);
}

TEST(Steps, NeedWhatTheyImport) {
  const std::vector<SynthFile> files = {stack("network", kVpc, {"c-network-VpcId"}),
                                        stack("accounting", kDatabase, {}, {"c-network-VpcId", "c-elsewhere-X"}),
                                        stack("batch", kVpc, {}, {"c-network-VpcId"})};
  const std::vector<Step> steps = steps_of(cluster(), files);
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_TRUE(steps[0].needs.empty());
  EXPECT_EQ(steps[1].needs, std::set<std::string>{"network"});
  EXPECT_EQ(data_steps(steps), (std::set<std::string>{"accounting", "network"}));
}

TEST(Steps, ALargeTemplateNeedsTheBootstrapBucket) {
  const std::string large = R"({"Resources": {}, "Description": ")" + std::string(60000, 'x') + "\"}";
  const std::vector<SynthFile> files = {stack("buckets", kVpc, {"c-buckets-BootstrapBucketName"}),
                                        stack("network", large), stack("events", kVpc)};
  const std::vector<Step> steps = steps_of(cluster(), files);
  EXPECT_EQ(steps[1].needs, std::set<std::string>{"buckets"});
  EXPECT_TRUE(steps[2].needs.empty());
}

}  // namespace
}  // namespace trireme::cloud
