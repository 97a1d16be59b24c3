#pragma once

#include <optional>
#include <string>

#include "trireme/config/value.h"

namespace trireme::cloud {

/// A config::TagRule: the short forms of CloudFormation's intrinsic functions, without the "!". `!Sub x` becomes
/// {"Fn::Sub": "x"}, `!Ref x` {"Ref": "x"}, and `!GetAtt a.b.c` {"Fn::GetAtt": ["a", "b.c"]}. Nothing for another tag.
/// Source: AWS CloudFormation template reference, "Intrinsic function reference".
std::optional<config::Value> cloudformation_tag(const std::string& name, config::Value value);

}  // namespace trireme::cloud
