#pragma once

#include <string>

#include "trireme/cloud/deploy/aws.h"

namespace trireme::cloud {

/// Why a stack's last operation failed: its first failed resource, not the cancellations that follow, with what to do
/// about it by facts/deploy_failures.tsv; then why its roll-back failed too, if it did. "" when no event tells.
std::string first_cause(const Aws& aws, const std::string& stack);
/// The same from the stack's events, the newest first.
std::string first_cause_in(const Json& events, const std::string& stack);

}  // namespace trireme::cloud
