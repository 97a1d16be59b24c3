#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "unit/cloud_preflight/cases.h"
#include "unit/cloud_preflight/examples.h"

namespace trireme::cloud {
namespace {

void expect_no_errors(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    EXPECT_NE(finding.level, Level::kError) << to_text({finding});
  }
}

TEST(OwnFiles, DescriptionsHaveNoErrors) {
  EXPECT_FALSE(example_descriptions().empty());
  for (const fs::path& path : example_descriptions()) expect_no_errors(judge_files({path}, {}));
}

TEST(OwnFiles, WhatSynthWritesHasNoErrors) {
  int judged = 0;
  for (const fs::path& path : example_descriptions()) {
    const test::TemporaryFolder folder;
    const std::vector<fs::path> files = write_example(path, folder.path());
    if (files.empty()) continue;
    ++judged;
    expect_no_errors(judge_files(files, {}));
  }
  EXPECT_GT(judged, 0);
}

}  // namespace
}  // namespace trireme::cloud
