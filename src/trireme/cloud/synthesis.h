#pragma once

#include <set>
#include <string>
#include <vector>

#include "trireme/catalog/region.h"
#include "trireme/cloud/description/cluster.h"
#include "trireme/cloud/template/stack.h"
#include "trireme/cloud/template/write.h"
#include "trireme/core/file.h"

namespace trireme::cloud {

/// A file that synth writes.
struct SynthFile {
  std::string target;  // of the table in targets/target.h
  std::string path;    // below the output folder
  std::string kind;    // cloudformation, pcluster, batch-job, shell, policy
  std::string text;
  std::string stack;                           // cloudformation: the stack's name
  std::set<std::string> exports;               // cloudformation: names that other stacks import
  std::set<std::string> imports;               // what must be deployed before
  std::vector<Placeholder> placeholders = {};  // pcluster, batch-job: imports written as ids that stand in for them
};

/// What a target sees and writes to.
class Synthesis {
 public:
  Synthesis(const Cluster& cluster, const catalog::Region& region) : cluster_(cluster), region_(region) {}

  const Cluster& cluster() const { return cluster_; }
  const catalog::Region& region() const { return region_; }

  /// The target that add() puts files under.
  void start(std::string target) { target_ = std::move(target); }
  void add_stack(const Stack& stack);
  void add_pcluster(std::string path, const Map& configuration);
  /// A file that asks nothing of other stacks.
  void add_file(std::string path, std::string kind, std::string text);
  /// A request for `aws batch submit-job`.
  void add_job(std::string path, const Map& request);

  const std::vector<SynthFile>& files() const { return files_; }

 private:
  void add_with_placeholders(std::string path, std::string kind, std::string text,
                             std::vector<Placeholder> placeholders);

  const Cluster& cluster_;
  const catalog::Region& region_;
  std::string target_;
  std::vector<SynthFile> files_;
};

/// Every file of a description, in the order they are deployed. Pure: the same description gives the same bytes.
/// `only` names one target; empty: all that apply. Throws ConfigError when the orchestrator is not built yet, or a
/// name is unknown to the catalogue.
std::vector<SynthFile> synthesize(const Cluster& cluster, const std::string& only = {});

/// synth.json: {"cluster", "files": [{"path", "kind", "target", "stack", "placeholders"}]}.
std::string index_json(const Cluster& cluster, const std::vector<SynthFile>& files);

/// The paths that a synth.json lists: names in its own folder. Throws FormatError when it is not one.
std::vector<std::string> paths_in_index(const fs::path& index);

}  // namespace trireme::cloud
