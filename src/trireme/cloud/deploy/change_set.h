#pragma once

#include <map>
#include <string>
#include <vector>

#include "trireme/cloud/deploy/aws.h"
#include "trireme/cloud/synthesis.h"

namespace trireme::cloud {

/// What a deployment would do to one resource.
struct ResourceChange {
  std::string action;  // Add, Modify, Remove, Import
  std::string logical_id;
  std::string type;
  bool replaced = false;  // or may be, where only the deployment can tell
};

/// A stack's way from what it is to what a template says.
struct ChangeSet {
  std::string stack;
  std::string name;
  std::string id;  // ARN
  std::vector<ResourceChange> changes;

  bool empty() const { return changes.empty(); }
};

/// Tags of every stack of the cluster, and so of what it holds.
std::map<std::string, std::string> stack_tags(const Cluster& cluster);

/// A short name for a template and its tags together.
std::string content_id(const Cluster& cluster, const SynthFile& file);

/// Who asks: a plan that looks and forgets must not take the change set of a deployment away.
enum class ChangeSetUse { kPlan, kApply };

/// Has CloudFormation work the changes out. A change set of the same content and use that an earlier run left is taken
/// up. An empty one is deleted again. `exists`: the stack is there to be updated.
ChangeSet create_change_set(const Aws& aws, const Cluster& cluster, const SynthFile& file, bool exists,
                            ChangeSetUse use);
void delete_change_set(const Aws& aws, const ChangeSet& set);
/// Deletes the change sets that plans and deployments which were cut off left at a stack. Those of others stay, and so
/// do those that were executed.
void delete_stray_change_sets(const Aws& aws, const std::string& stack);
/// Starts the changes. False when they can't be started: an earlier try, whose answer was lost, did, or somebody else
/// changed the stack.
bool execute_change_set(const Aws& aws, const ChangeSet& set);

/// The first of `changes` that would delete or replace data, such as a file system, and that `allowed` (logical ids)
/// does not name; nullptr when none would.
const ResourceChange* find_data_loss(const std::vector<ResourceChange>& changes,
                                     const std::vector<std::string>& allowed);

}  // namespace trireme::cloud
