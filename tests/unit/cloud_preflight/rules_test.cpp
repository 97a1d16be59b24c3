#include <gtest/gtest.h>

#include <algorithm>

#include "trireme/cloud/preflight/preflight.h"
#include "trireme/core/format.h"
#include "unit/cloud_preflight/cases.h"

namespace trireme::cloud {
namespace {

std::vector<std::string> rule_ids() {
  std::vector<std::string> ids;
  for (const Domain& domain : rule_domains()) {
    for (const Rule& rule : domain.rules) ids.emplace_back(rule.id);
  }
  return ids;
}

bool is_case(const fs::path& path) { return path.extension() != ".expect" && path.filename() != "account.json"; }

/// Files of one case: one file, or a folder of files that are deployed together.
std::vector<fs::path> files_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Files and folders of a rule whose name starts with `prefix`.
std::vector<fs::path> cases_of(const std::string& rule, const std::string& prefix) {
  std::vector<fs::path> found;
  if (!fs::exists(case_folder() / rule)) return found;
  for (const auto& entry : fs::directory_iterator(case_folder() / rule)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(prefix, 0) == 0 && is_case(entry.path())) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

fs::path snapshot_of(const fs::path& path) {
  const fs::path snapshot = path.parent_path() / "account.json";
  const bool wanted = path.filename().string().find("undecided") == std::string::npos;
  return wanted && fs::exists(snapshot) ? snapshot : fs::path();
}

Marks found_by(const std::string& rule, const fs::path& path) {
  Marks marks;
  for (const Finding& finding : judge_files(files_of(path), snapshot_of(path))) {
    if (finding.rule == rule) marks.insert({place_of(finding), to_string(finding.level)});
  }
  return marks;
}

class RuleTest : public testing::TestWithParam<std::string> {};

TEST_P(RuleTest, FiresAtTheMarkedLinesOnly) {
  const std::vector<fs::path> cases = cases_of(GetParam(), "fires");
  EXPECT_FALSE(cases.empty()) << "no case in which " << GetParam() << " fires";
  for (const fs::path& path : cases) {
    Marks expected;
    for (const fs::path& file : files_of(path)) expected.merge(marks_of(file));
    EXPECT_FALSE(expected.empty()) << path << " marks no line";
    EXPECT_EQ(found_by(GetParam(), path), expected) << path;
  }
}

TEST_P(RuleTest, IsSilentOnCleanFiles) {
  const std::vector<fs::path> cases = cases_of(GetParam(), "clean");
  EXPECT_FALSE(cases.empty()) << "no case in which " << GetParam() << " is silent";
  for (const fs::path& path : cases) EXPECT_EQ(found_by(GetParam(), path), Marks()) << path;
}

INSTANTIATE_TEST_SUITE_P(Every, RuleTest, testing::ValuesIn(rule_ids()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(RuleTable, EachRuleIsWhole) {
  std::set<std::string> seen;
  for (const Domain& domain : rule_domains()) {
    for (const Rule& rule : domain.rules) {
      EXPECT_TRUE(seen.insert(std::string(rule.id)).second) << rule.id << " twice";
      for (const std::string_view text : {rule.summary, rule.remedy, rule.source}) {
        EXPECT_FALSE(text.empty()) << rule.id;
        EXPECT_EQ(text.find('|'), std::string_view::npos) << rule.id << " breaks its table";
      }
    }
  }
  EXPECT_GE(seen.size(), 48u);
}

TEST(RuleTable, EachFolderOfCasesIsOfARule) {
  const std::vector<std::string> ids = rule_ids();
  for (const auto& entry : fs::directory_iterator(case_folder())) {
    const std::string name = entry.path().filename().string();
    EXPECT_NE(std::find(ids.begin(), ids.end(), name), ids.end()) << name;
  }
}

/// Errors of other rules in a clean case would make it a case of them.
TEST(Findings, SayWhatWhereAndWhatNext) {
  for (const std::string& rule : rule_ids()) {
    for (const fs::path& path : cases_of(rule, "fires")) {
      for (const Finding& finding : judge_files(files_of(path), snapshot_of(path))) {
        EXPECT_FALSE(finding.evidence.empty()) << finding.rule;
        EXPECT_FALSE(finding.remedy.empty()) << finding.rule;
        EXPECT_FALSE(finding.source.empty()) << finding.rule;
        EXPECT_FALSE(finding.where.empty()) << finding.rule;
        EXPECT_FALSE(finding.place.file.empty()) << finding.rule << ": " << finding.evidence;
        EXPECT_GT(finding.place.line, 0) << finding.rule << ": " << finding.evidence;
      }
    }
  }
}

}  // namespace
}  // namespace trireme::cloud
