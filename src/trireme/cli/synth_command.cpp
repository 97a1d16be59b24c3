#include <algorithm>
#include <iostream>

#include "trireme/cli/cluster_arguments.h"
#include "trireme/cli/command.h"
#include "trireme/cloud/synthesis.h"
#include "trireme/cloud/targets/target.h"

namespace trireme::cli {

namespace {

std::string target_help() {
  std::string names;
  for (const cloud::Target& target : cloud::targets()) names += format("{}{}", names.empty() ? "" : ", ", target.name);
  return "write one target only: " + names;
}

/// Files that an earlier run wrote into the folder and that this one does not write. Throws FormatError when the
/// folder's synth.json is not ours.
void remove_stale(const fs::path& folder, const std::vector<cloud::SynthFile>& files) {
  const fs::path index = folder / "synth.json";
  if (!fs::exists(index)) return;
  for (const std::string& path : cloud::paths_in_index(index)) {
    const bool written =
        std::any_of(files.begin(), files.end(), [&](const cloud::SynthFile& file) { return file.path == path; });
    if (!written) fs::remove(folder / path);
  }
}

struct Synth {
  ClusterArguments cluster;
  std::string folder;
  std::string target;
  bool json = false;

  void declare(Arguments& arguments) {
    cluster.declare(arguments);
    arguments.option("--out", "DIR", &folder, "folder to write the files and synth.json into").required = true;
    arguments.option("--target", "NAME", &target, target_help());
    arguments.json(json);
  }

  ExitCode run() const {
    const cloud::LoadedCluster loaded = cluster.load();
    const std::vector<cloud::SynthFile> files = cloud::synthesize(loaded.cluster, target);
    make_folders(folder);
    remove_stale(folder, files);
    for (const cloud::SynthFile& file : files) write_file(fs::path(folder) / file.path, file.text);
    const std::string index = cloud::index_json(loaded.cluster, files);
    write_file(fs::path(folder) / "synth.json", index);
    if (json) {
      std::cout << index;
    } else {
      for (const cloud::SynthFile& file : files) {
        std::cout << format("{}  {}, {}\n", (fs::path(folder) / file.path).string(), file.kind,
                            format_bytes(static_cast<double>(file.text.size())));
      }
    }
    return ExitCode::kOk;
  }
};

const Registered<Synth> registered{{
    .name = "synth",
    .summary = "write every template of a cluster description",
    .example = "trireme synth clusters/llama.toml --out llama-files",
    .group = CommandGroup::kCluster,
}};

}  // namespace

}  // namespace trireme::cli
