#pragma once

#include "trireme/cloud/lower/conditions.h"
#include "trireme/cloud/lower/resolve.h"
#include "trireme/cloud/model/stack.h"

namespace trireme::cloud {

/// What a template mentions, by one pass over all of it: references, strings, imports, conditions, indexes of lists.
/// `stack` has its parameters, conditions and resources already.
void walk_template(const config::Table& root, const Resolver& resolver, const Conditions& conditions,
                   StackModel& stack);

}  // namespace trireme::cloud
