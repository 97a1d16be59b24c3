#pragma once

#include "world.h"

namespace scripted_aws {

/// The fault resource_changed_by_hand: someone sets `properties` of a stack's resource, or deletes it, behind
/// CloudFormation's back.
void change_by_hand(World& world, const Json& fault);

}  // namespace scripted_aws
