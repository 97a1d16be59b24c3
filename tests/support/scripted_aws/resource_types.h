#pragma once

#include <string>
#include <string_view>

#include "world.h"

namespace scripted_aws {

/// What the world knows of a type of CloudFormation: a row of resource_types.tsv. Lists are separated by spaces.
///
/// Patterns: {hex17} is 17 hex digits, {stack} and {logical} the names, {id} what Ref gives, {account}, {region} and
/// {partition} the world's; {=Name} is the property Name, or a made-up name if the template leaves it to AWS.
struct ResourceType {
  std::string id;          // pattern of what Ref gives
  std::string attributes;  // Name=pattern, for Fn::GetAtt
  std::string replacing;   // properties whose change makes a new resource; "?Name" may or may not
  std::string create_actions, update_actions, delete_actions;  // of IAM
};

/// Throws ValidationError naming a type that the table lacks: nothing is skipped.
const ResourceType& resource_type(const std::string& type);

/// What a pattern is filled with.
struct Identity {
  std::string stack, logical, id;
  int generation = 0;  // counts the resources made under this logical id
  const Json& properties;
};
std::string fill_pattern(World& world, std::string_view pattern, const Identity& identity);

/// "True", "False" or "Conditional": what a change of `property` means for the resource.
std::string_view replacement_of(const ResourceType& type, std::string_view property);

}  // namespace scripted_aws
