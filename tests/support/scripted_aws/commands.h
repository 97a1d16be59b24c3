#pragma once

#include <map>
#include <string>

#include "request.h"
#include "world.h"

namespace scripted_aws {

/// Carries a command out and gives its answer; null prints nothing. Throws AwsError.
using Handler = Json (*)(World&, const Request&);
/// By "SERVICE.OPERATION".
using Commands = std::map<std::string, Handler>;

void add_change_sets(Commands& commands);
void add_stacks(Commands& commands);
void add_drift(Commands& commands);
void add_buckets(Commands& commands);
void add_objects(Commands& commands);
void add_ec2(Commands& commands);
void add_batch(Commands& commands);
void add_account(Commands& commands);
void add_storage(Commands& commands);
void add_pcluster(Commands& commands);

Commands all_commands();

/// Lets time pass for the stacks that the request looks at: polls them. Comes before the command, so that it passes
/// even if the command is refused.
void pass_time(World& world, const Request& request);

/// The IAM actions that the command itself needs, without those of a stack's resources.
std::set<std::string> iam_actions(const Request& request);

}  // namespace scripted_aws
