#pragma once

#include <string>

#include "intrinsics.h"
#include "world.h"

namespace scripted_aws {

/// A stack is an object of the world's "stacks", by name: id, status, reason, document (the template), template (its
/// text), parameters, tags, resources (by logical id), outputs, imports, events (oldest first), change_sets; while an
/// operation runs, also `operation`.

/// By name, or by id, which also finds deleted ones. Null if there is none.
Json* find_stack(World& world, const std::string& name_or_id);
/// Throws ValidationError "Stack with id X does not exist".
Json& require_stack(World& world, const std::string& name_or_id);

/// A stack in REVIEW_IN_PROGRESS, without resources.
Json& add_stack(World& world, const std::string& name);

/// Sets the status and adds the event that tells of it.
void set_status(World& world, Json& stack, const std::string& status, const std::string& reason = "");
void add_event(World& world, Json& stack, const std::string& logical_id, const std::string& physical_id,
               const std::string& type, const std::string& status, const std::string& reason = "");

/// Evaluates the stack's template over the resources that it has now.
Resolver resolver_of(World& world, const Json& stack);

/// What a template, its parameters and tags are to become; its text is kept for get-template.
struct Desired {
  std::string text;
  Json document, parameters = Json::object(), tags = Json::array(), capabilities = Json::array();
};

/// Start an operation, which poll() carries out. `on_failure`: ROLLBACK, DO_NOTHING or DELETE.
void start_deploy(World& world, Json& stack, const Desired& desired, const std::string& on_failure);
void start_delete(World& world, Json& stack);
/// Goes on with a rollback that failed, leaving the resources of `skip` as they are.
void continue_rollback(World& world, Json& stack, const std::vector<std::string>& skip);

/// Time passes: an operation gets on by one poll. A world that sets polls_per_resource takes that many for each
/// resource; without it an operation is over at the first. May move the stack to deleted_stacks.
void poll(World& world, const std::string& name_or_id);

}  // namespace scripted_aws
