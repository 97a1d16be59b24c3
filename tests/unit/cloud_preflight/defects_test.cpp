#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "trireme/core/format.h"
#include "unit/cloud_preflight/cases.h"

/// Templates with the defects of published reference architectures, rewritten: each line names the rules that find it.
namespace trireme::cloud {
namespace {

fs::path defects() { return fs::path(TRIREME_SOURCE_DIR) / "tests/data/preflight_defects"; }

std::vector<std::string> folders() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(defects())) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

class DefectTest : public testing::TestWithParam<std::string> {};

TEST_P(DefectTest, IsFound) {
  std::vector<fs::path> files;
  Marks expected;
  for (const auto& entry : fs::directory_iterator(defects() / GetParam())) {
    files.push_back(entry.path());
    for (const auto& [place, words] : marks_of(entry.path())) {
      std::istringstream rules(words);
      for (std::string rule; rules >> rule;) expected.insert({place, rule});
    }
  }
  EXPECT_FALSE(expected.empty());
  Marks found;
  for (const Finding& finding : judge_files(files, {})) found.insert({place_of(finding), finding.rule});
  for (const auto& mark : expected) {
    EXPECT_EQ(found.count(mark), 1u) << mark.first << ": " << mark.second << " is not found";
  }
}

INSTANTIATE_TEST_SUITE_P(Every, DefectTest, testing::ValuesIn(folders()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace trireme::cloud
