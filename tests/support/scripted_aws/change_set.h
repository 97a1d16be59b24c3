#pragma once

#include "stack.h"

namespace scripted_aws {

/// The "Changes" of a change set: what would become of `stack` under `desired`.
Json changes_of(World& world, const Json& stack, const Desired& desired);

/// Notes the IAM actions that carrying out `changes` needs.
void need_actions(World& world, const Json& changes);

/// A template as AWS reads it. Throws ValidationError for what is no template, or of types that the world lacks.
Json parse_template(const std::string& text);

/// The capabilities that a template needs: CAPABILITY_NAMED_IAM, CAPABILITY_IAM or none.
std::string capability_of(const Json& document);

}  // namespace scripted_aws
