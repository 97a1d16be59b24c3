#include "trireme/catalog/version_rules.h"

#include <gtest/gtest.h>

#include <set>

#include "unit/catalog/stack_of.h"

namespace trireme::catalog {
namespace {

using Versions = std::map<std::string, std::string>;
using Ids = std::vector<std::string>;

std::vector<Finding> findings(const std::string& instance, const Versions& versions) {
  return check_versions(version_rules(), stack_of(instance, versions));
}

Ids broken(const std::string& instance, const Versions& versions) {
  Ids ids;
  for (const Finding& finding : findings(instance, versions)) ids.push_back(finding.rule);
  return ids;
}

TEST(VersionRules, P5Cuda) {
  EXPECT_EQ(broken("p5.48xlarge", {{"cuda", "11.8"}}), Ids{"p5-cuda"});
  EXPECT_EQ(broken("p5.48xlarge", {{"cuda", "12.0"}}), Ids{});
}

TEST(VersionRules, P5Nccl) {
  EXPECT_EQ(broken("p5.48xlarge", {{"nccl", "2.17.1"}}), Ids{"p5-nccl"});
  EXPECT_EQ(broken("p5.48xlarge", {{"nccl", "2.18.3-1"}}), Ids{"p5-nccl-recommended"});
  EXPECT_EQ(broken("p5.48xlarge", {{"nccl", "2.18.5"}}), Ids{});
}

TEST(VersionRules, P5Plugin) {
  EXPECT_EQ(broken("p5.48xlarge", {{"plugin", "1.7.1"}}), Ids{"p5-plugin"});
  EXPECT_EQ(broken("p5.48xlarge", {{"plugin", "1.7.2-aws"}}), Ids{"p5-plugin-recommended"});
  EXPECT_EQ(broken("p5.48xlarge", {{"plugin", "1.7.3-aws"}}), Ids{});
}

TEST(VersionRules, FloorsOfP5AreOfP5Only) {
  EXPECT_EQ(broken("p4d.24xlarge", {{"plugin", "1.5.0"}, {"nccl", "2.12.7"}, {"cuda", "11.7"}}), Ids{});
}

TEST(VersionRules, Blackwell) {
  const Versions old = {{"cuda", "12.4"}, {"driver", "550.90.07"}, {"nccl", "2.21.5"}, {"plugin", "1.13.0"}};
  EXPECT_EQ(broken("p6-b200.48xlarge", old),
            (Ids{"blackwell-cuda", "blackwell-driver", "blackwell-nccl", "b200-plugin-recommended"}));
  const Versions fresh = {{"cuda", "12.8.1"}, {"driver", "570.133.20"}, {"nccl", "2.27.5-1"}, {"plugin", "1.16.0"}};
  EXPECT_EQ(broken("p6-b200.48xlarge", fresh), Ids{});
  EXPECT_EQ(broken("p6-b300.48xlarge", fresh), (Ids{"b300-cuda-recommended", "b300-plugin-recommended"}));
}

TEST(VersionRules, Pairs) {
  EXPECT_EQ(broken("", {{"cuda", "12.4"}, {"driver", "470.256.02"}}), Ids{"cuda-12-driver"});
  EXPECT_EQ(broken("", {{"cuda", "13.0"}, {"driver", "570.133.20"}}), Ids{"cuda-13-driver"});
  EXPECT_EQ(broken("", {{"plugin", "1.9.1"}, {"libfabric", "1.17.1"}}), Ids{"plugin-libfabric"});
  EXPECT_EQ(broken("", {{"plugin", "1.7.4"}, {"libfabric", "1.17.1"}}), Ids{});
  EXPECT_EQ(broken("", {{"plugin", "1.12.0"}, {"efa-installer", "1.36.0"}}), Ids{"plugin-1.12.0-installer"});
  EXPECT_EQ(broken("", {{"plugin", "1.21.1"}, {"nccl", "2.16.5"}}), Ids{"plugin-nccl"});
}

TEST(VersionRules, StableNccl) {
  EXPECT_EQ(broken("", {{"nccl", "2.28.0rc1"}}), Ids{"nccl-stable"});
  EXPECT_EQ(broken("", {{"nccl", "2.27.5-1"}}), Ids{});
}

TEST(VersionRules, UnknownBreaksNothing) { EXPECT_EQ(broken("p5.48xlarge", {}), Ids{}); }

TEST(VersionRules, AFindingSaysWhatWasSeenAndWhatToDo) {
  const Finding finding = findings("p5.48xlarge", {{"nccl", "2.17.1"}}).at(0);
  EXPECT_EQ(finding.severity, Severity::kError);
  EXPECT_EQ(finding.evidence, "p5.48xlarge with nccl 2.17.1: needs nccl >= 2.18.0 (AWS's minimum for p5)");
  EXPECT_EQ(finding.remedy, "install NCCL 2.18.5 or newer");
  EXPECT_EQ(findings("p5.48xlarge", {{"nccl", "2.18.1"}}).at(0).severity, Severity::kWarning);
  EXPECT_EQ(findings("", {{"cuda", "12.4"}, {"driver", "470"}}).at(0).evidence,
            "driver 470, cuda 12.4: needs driver >= 525.60.13 (CUDA 12 programs need it)");
}

TEST(VersionRules, EveryRuleHasItsFieldsAndUsesKnownNames) {
  const std::set<std::string> sets = instance_sets();
  std::set<std::string> ids;
  for (const VersionRule& rule : version_rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_FALSE(rule.reason.empty() || rule.remedy.empty() || rule.source.empty()) << rule.id;
    for (const std::string& name : rule.when.instance_names()) {
      EXPECT_TRUE(sets.contains(name)) << rule.id << ": " << name;
    }
  }
  EXPECT_GT(ids.size(), 15u);
}

}  // namespace
}  // namespace trireme::catalog
