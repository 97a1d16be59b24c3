#include "unit/cloud_preflight/examples.h"

#include "trireme/cloud/description/load.h"
#include "trireme/cloud/synthesis.h"
#include "trireme/cloud/targets/target.h"

namespace trireme::cloud {

std::vector<fs::path> example_descriptions() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(fs::path(TRIREME_SOURCE_DIR) / "clusters")) {
    if (entry.path().extension() == ".toml" && is_cluster_file(entry.path())) found.push_back(entry.path());
  }
  return found;
}

std::vector<fs::path> write_example(const fs::path& description, const fs::path& folder) {
  const Cluster cluster = load_cluster(description, {}).cluster;
  std::vector<fs::path> files;
  if (!is_built(cluster.orchestrator)) return files;
  for (const SynthFile& file : synthesize(cluster)) {
    if (file.kind == "policy") continue;
    files.push_back(folder / file.path);
    make_folders(files.back().parent_path());
    write_file_atomic(files.back(), file.text);
  }
  return files;
}

}  // namespace trireme::cloud
