#pragma once

#include "trireme/cloud/description/cluster.h"
#include "trireme/cloud/template/stack.h"

namespace trireme::cloud::accounting {

/// Changes the password every accounting.rotate_days: a function sets a new one through the RDS API, so that it needs
/// no way into the VPC, then has the head node read it. Nothing when that is 0.
void add_rotation(Stack& stack, const Cluster& cluster, const Handle<SecretKind>& secret,
                  const Handle<NameKind>& database);

}  // namespace trireme::cloud::accounting
