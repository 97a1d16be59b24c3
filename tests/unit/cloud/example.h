#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "trireme/cloud/description/load.h"

namespace trireme::cloud {

/// A description that is right; its lines are counted by the tests.
inline const std::string kExample = R"(version = 1
[cluster]
name = "llama"
region = "us-east-2"
zone = "use2-az3"
[nodes.head]
role = "controller"
instance = "m5.8xlarge"
[nodes.gpu]
instance = "p5.48xlarge"
count = 2
)";

/// Everything that is wrong with kExample and `more` below it, one finding a line.
inline std::string findings(const std::string& more, const std::vector<std::string>& overrides = {}) {
  return parse_cluster(kExample + more, "c.toml", overrides).diagnostics.to_string();
}

/// The cluster, which must be right.
inline Cluster cluster_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const LoadedCluster loaded = parse_cluster(text, "c.toml", overrides);
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << loaded.diagnostics.to_string();
  return loaded.cluster;
}

/// kExample with the first `from` replaced by `to`.
inline std::string example_with(const std::string& from, const std::string& to) {
  std::string text = kExample;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

/// What is wrong with that.
inline std::string findings_with(const std::string& from, const std::string& to, const std::string& more = {}) {
  return parse_cluster(example_with(from, to) + more, "c.toml", {}).diagnostics.to_string();
}

}  // namespace trireme::cloud
