#pragma once

#include <set>
#include <string>
#include <vector>

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud {

/// A part of a deployment: one stack, or the cluster that ParallelCluster makes.
struct Step {
  std::string name;  // the target
  const SynthFile* file = nullptr;
  std::set<std::string> needs;  // steps that export what this one imports

  bool is_stack() const { return file->kind == "cloudformation"; }
};

/// Steps in an order that satisfies `needs`: an exporter comes before who imports from it, in `files` too, which must
/// outlive the steps. A template too large for a request needs the bootstrap bucket. Imports that no file exports are
/// nobody's need.
std::vector<Step> steps_of(const Cluster& cluster, const std::vector<SynthFile>& files);

bool has_data(const SynthFile& file);

/// Targets whose stacks hold data, and those that these need.
std::set<std::string> data_steps(const std::vector<Step>& steps);

}  // namespace trireme::cloud
