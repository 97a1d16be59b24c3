#include <gtest/gtest.h>

#include "trireme/catalog/efa_environment.h"
#include "trireme/catalog/rule_table.h"
#include "unit/catalog/stack_of.h"

namespace trireme::catalog {
namespace {

const Stack kUnknown;
const Stack kNew = stack_of(
    "p5.48xlarge",
    {{"libfabric", "2.1.0"}, {"plugin", "1.16.3"}, {"efa-installer", "1.42.0"}, {"nccl", "2.27.5"}, {"kernel", "6.1"}});

std::optional<Finding> judge(const Stack& stack, const char* name, const char* value) {
  return EfaEnvironment::load().judge(stack, name, value);
}

/// "warning: NCCL_PROTO=simple: …", or "" for no finding.
std::string judged(const Stack& stack, const char* name, const char* value) {
  const auto finding = judge(stack, name, value);
  if (!finding) return "";
  const char* severity = finding->severity == Severity::kError     ? "error: "
                         : finding->severity == Severity::kWarning ? "warning: "
                                                                   : "info: ";
  return severity + finding->evidence;
}

void expect_start(const std::string& text, const std::string& start) { EXPECT_TRUE(text.starts_with(start)) << text; }

TEST(EfaJudgement, ProtocolWithANewPlugin) {
  expect_start(judged(kNew, "NCCL_PROTO", "simple"),
               "warning: NCCL_PROTO=simple: plugins from 1.6.0 on work with every");
  EXPECT_EQ(judge(kNew, "NCCL_PROTO", "simple")->remedy, "remove it");
}

TEST(EfaJudgement, WhatAnOldPluginNeedsIsNoFinding) {
  const Stack old = stack_of("p4d.24xlarge", {{"plugin", "1.5.0"}, {"libfabric", "1.16.0"}});
  EXPECT_EQ(judged(old, "NCCL_PROTO", "Simple"), "");
  EXPECT_EQ(judged(old, "FI_PROVIDER", "efa"), "");
  EXPECT_EQ(judged(old, "FI_EFA_USE_DEVICE_RDMA", "1"), "");
  expect_start(judged(old, "NCCL_PROTO", "LL128"), "warning: NCCL_PROTO=LL128: plugins up to 1.5.0");
}

TEST(EfaJudgement, StaleOnANewStack) {
  expect_start(judged(kNew, "FI_PROVIDER", "efa"), "warning: FI_PROVIDER=efa: plugins from 1.6.0 on choose EFA");
  expect_start(judged(kNew, "FI_EFA_USE_DEVICE_RDMA", "1"), "warning: ");
  expect_start(judged(kNew, "FI_EFA_SET_CUDA_SYNC_MEMOPS", "0"), "warning: ");
  expect_start(judged(kNew, "FI_EFA_FORK_SAFE", "1"), "info: ");
}

TEST(EfaJudgement, WithoutVersionsTheIndependentOnesStillFire) {
  expect_start(judged(kUnknown, "RDMAV_FORK_SAFE", "1"), "warning: RDMAV_FORK_SAFE=1: rdma-core's own switch");
  expect_start(judged(kUnknown, "RDMAV_HUGEPAGES_SAFE", "1"), "warning: RDMAV_HUGEPAGES_SAFE=1: ");
  expect_start(judged(kUnknown, "NCCL_SOCKET_NTHREADS", "4"), "info: ");
  expect_start(judged(kUnknown, "NCCL_NSOCKS_PERTHREAD", "4"), "info: ");
  expect_start(judged(kUnknown, "FI_EFA_ENABLE_SHM_TRANSFER", "1"), "info: ");
  expect_start(judged(kUnknown, "NCCL_MIN_CHANNELS", "32"), "warning: ");
  expect_start(judged(kUnknown, "NCCL_BUFFSIZE", "8388608"), "warning: ");
}

TEST(EfaJudgement, WithoutVersionsTheDependentOnesSayWhereTheyAreNeeded) {
  const std::string proto = judged(kUnknown, "NCCL_PROTO", "simple");
  expect_start(proto, "warning: NCCL_PROTO=simple: needed only if instance in p4d, p4de, p5 and plugin <= 1.5.0");
  expect_start(judged(kUnknown, "FI_PROVIDER", "efa"), "warning: FI_PROVIDER=efa: needed only if ");
  expect_start(judged(kUnknown, "FI_EFA_USE_DEVICE_RDMA", "1"), "warning: FI_EFA_USE_DEVICE_RDMA=1: needed only if ");
  expect_start(judged(kUnknown, "FI_EFA_FORK_SAFE", "1"), "info: FI_EFA_FORK_SAFE=1: needed only if kernel < 5.15");
}

TEST(EfaJudgement, WhatBreaksIsAnErrorOnlyWhenItIsKnownToBreak) {
  expect_start(judged(stack_of("g5.xlarge"), "FI_PROVIDER", "efa"), "error: FI_PROVIDER=efa: libfabric finds no EFA");
  expect_start(judged(stack_of("g5.48xlarge"), "FI_EFA_USE_DEVICE_RDMA", "1"), "warning: ");
}

TEST(EfaJudgement, HugePages) {
  EXPECT_EQ(judged(kNew, "FI_EFA_USE_HUGE_PAGE", "0"), "");
  EXPECT_EQ(judged(kUnknown, "FI_EFA_USE_HUGE_PAGE", "0"), "");
  expect_start(judged(kNew, "FI_EFA_USE_HUGE_PAGE", "1"), "warning: ");
}

TEST(EfaJudgement, ChoicesAreNotJudged) {
  EXPECT_EQ(judged(kNew, "NCCL_SOCKET_IFNAME", "^lo,docker"), "");
  EXPECT_EQ(judged(kUnknown, "NCCL_SOCKET_IFNAME", "eth0"), "");
  EXPECT_EQ(judged(kNew, "NCCL_DEBUG", "WARN"), "");
  expect_start(judged(kNew, "NCCL_DEBUG", "INFO"), "info: ");
  EXPECT_EQ(judged(stack_of("g5.xlarge"), "NCCL_SOCKET_NTHREADS", "4"), "");
}

TEST(EfaJudgement, OtherVariablesAndEmptyValuesAreNone) {
  EXPECT_EQ(judged(kNew, "PATH", "/bin"), "");
  EXPECT_EQ(judged(kNew, "NCCL_PROTO", ""), "");
  EXPECT_EQ(judged(kNew, "FI_EFA", "1"), "");
}

/// No advice may be a finding of its own.
TEST(EfaJudgement, AgreesWithTheAdvice) {
  const EfaEnvironment rules = EfaEnvironment::load();
  for (const char* type :
       {"p4d.24xlarge", "p5.48xlarge", "p6-b200.48xlarge", "g5.48xlarge", "g5.xlarge", "trn1.32xlarge"}) {
    for (const char* plugin : {"1.4.0", "1.5.1", "1.6.0", "1.7.0", "1.16.3"}) {
      const Stack stack = stack_of(type, {{"plugin", plugin},
                                          {"libfabric", "1.17.0"},
                                          {"kernel", "5.10"},
                                          {"efa-installer", "1.20.0"},
                                          {"nccl", "2.19.3"}});
      for (const Advice& each : rules.advise(stack)) {
        EXPECT_NE(each.state, Advice::State::kUndecided) << each.variable;
        if (each.state != Advice::State::kSet) continue;
        EXPECT_FALSE(rules.judge(stack, each.variable, each.value)) << each.variable;
      }
    }
  }
}

TEST(EfaVariablesTable, EveryRowHasItsFieldsAndUsesKnownNames) {
  const RuleTable table("efa_variables.tsv");
  const std::set<std::string> sets = instance_sets();
  for (size_t row = 0; row < table.size(); ++row) {
    for (const char* column : {"reason", "remedy", "source"}) EXPECT_FALSE(table.text(row, column).empty()) << row;
    for (const std::string& name : table.condition(row, "when").instance_names()) {
      EXPECT_TRUE(sets.contains(name)) << name;
    }
  }
}

}  // namespace
}  // namespace trireme::catalog
