#include <iostream>

#include "trireme/cli/cluster_arguments.h"
#include "trireme/cli/command.h"
#include "trireme/cloud/explain/draw.h"
#include "trireme/cloud/targets/target.h"

namespace trireme::cli {

namespace {

struct ClusterDraw {
  ClusterArguments cluster;

  void declare(Arguments& arguments) { cluster.declare(arguments); }

  ExitCode run() const {
    const cloud::LoadedCluster loaded = cluster.load();
    const bool built = cloud::is_built(loaded.cluster.orchestrator);
    std::cout << cloud::draw_mermaid(loaded.cluster,
                                     built ? cloud::synthesize(loaded.cluster) : std::vector<cloud::SynthFile>());
    return ExitCode::kOk;
  }
};

const Registered<ClusterDraw> registered{{
    .name = "cluster draw",
    .summary = "draw a cluster description as a Mermaid flowchart",
    .example = "trireme cluster draw clusters/llama.toml > llama.mmd",
    .group = CommandGroup::kCluster,
}};

}  // namespace

}  // namespace trireme::cli
