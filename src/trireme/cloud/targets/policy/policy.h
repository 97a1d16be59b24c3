#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::policy {

/// A managed policy holds this many characters, white space aside: "IAM and AWS STS quotas", IAM User Guide.
inline constexpr size_t kMaxCharacters = 6144;

bool applies(const Cluster& cluster);
/// deployer-policy.json: what whoever deploys, watches and deletes the cluster must be allowed to do, and no more than
/// IAM can tell apart. Reads the stacks rendered before it. Where one managed policy can't hold it, its statements go
/// to deployer-policy-1.json and on, in order.
void render(Synthesis& synthesis);

}  // namespace trireme::cloud::policy
