#pragma once

#include <string>
#include <vector>

namespace trireme::cloud {

/// One thing of a running cluster, as the account shows it: a node, the fleet as a whole, or a job of AWS Batch.
struct Sighting {
  std::string kind;     // node, fleet, job
  std::string group;    // [nodes.NAME] of a node, or whose queue a job is in
  std::string id;       // i-…, the cluster's name, or the job's id
  std::string type;     // instance type, or the job's name
  std::string zone;     // of a node
  std::string state;    // AWS's word: "running", "PROTECTED", "RUNNABLE"; "gone": no longer listed
  std::string since;    // when it came into the state, or was launched, as AWS writes it; empty: not told
  std::string reason;   // why; empty: not told
  bool failed = false;  // lost, and nobody asked for that
};

/// A sighting that is new or not as before.
struct Change {
  Sighting now;
  std::string was;  // state before; empty: new
};

/// Things are the same by kind and id. What is no longer listed is "gone", unless it had ended already.
std::vector<Change> changes_between(const std::vector<Sighting>& before, const std::vector<Sighting>& now);

}  // namespace trireme::cloud
