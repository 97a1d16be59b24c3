#pragma once

#include <string>

#include "world.h"

namespace scripted_aws {

/// What stands in the way of making, changing or deleting a resource: the ResourceStatusReason of its event.
struct ResourceFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Resources are kept under their physical id; one that only decorates another, whose id is the other's, under
/// "ID#TYPE". This is the id alone.
inline std::string physical_id(const std::string& key) { return key.substr(0, key.find('#')); }

/// Makes what a resource of a template describes, and returns its key. Throws ResourceFailure.
std::string make_resource(World& world, const std::string& stack, const std::string& logical_id,
                          const std::string& type, const Json& properties);
void change_resource(World& world, const std::string& key, const Json& properties);
/// Throws ResourceFailure, for example for a bucket with objects in it.
void delete_resource(World& world, const std::string& key);

/// Whether a change from `old_properties` makes a new resource.
bool must_replace(const std::string& type, const Json& old_properties, const Json& properties);

}  // namespace scripted_aws
