#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "trireme/cloud/description/load.h"
#include "trireme/cloud/synthesis.h"
#include "trireme/cloud/targets/target.h"
#include "unit/cloud_preflight/cases.h"

namespace trireme::cloud {
namespace {

std::vector<fs::path> descriptions() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(fs::path(TRIREME_SOURCE_DIR) / "clusters")) {
    if (entry.path().extension() == ".toml" && is_cluster_file(entry.path())) found.push_back(entry.path());
  }
  return found;
}

void expect_no_errors(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    EXPECT_NE(finding.level, Level::kError) << to_text({finding});
  }
}

TEST(OwnFiles, DescriptionsHaveNoErrors) {
  EXPECT_FALSE(descriptions().empty());
  for (const fs::path& path : descriptions()) expect_no_errors(judge_files({path}, {}));
}

TEST(OwnFiles, WhatSynthWritesHasNoErrors) {
  for (const fs::path& path : descriptions()) {
    const test::TemporaryFolder folder;
    std::vector<fs::path> files;
    const Cluster cluster = load_cluster(path, {}).cluster;
    if (!is_built(cluster.orchestrator)) continue;
    for (const SynthFile& file : synthesize(cluster)) {
      if (file.kind == "policy") continue;
      files.push_back(folder.path() / file.path);
      make_folders(files.back().parent_path());
      write_file_atomic(files.back(), file.text);
    }
    EXPECT_FALSE(files.empty());
    expect_no_errors(judge_files(files, {}));
  }
}

}  // namespace
}  // namespace trireme::cloud
