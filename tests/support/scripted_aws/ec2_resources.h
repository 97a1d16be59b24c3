#pragma once

#include <functional>
#include <string>

#include "world.h"

namespace scripted_aws {

/// The items of a describe command of EC2: those that the test seeded in world["ec2"][key], then those of stacks.
Json ec2_items(World& world, const std::string& key);

/// The world's resources of a type of CloudFormation, as `convert` shows them.
Json converted(World& world, const std::string& type, const std::function<Json(World&, const Json&)>& convert);

/// Tags of a resource as [{"Key", "Value"}], with those that CloudFormation adds.
Json tags_of(World& world, const Json& resource);

}  // namespace scripted_aws
