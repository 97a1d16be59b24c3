#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::batch {

bool applies(const Cluster& cluster);
/// A queue for multi-node jobs on each group of workers, and an NCCL job that shows that they reach one another.
void render(Synthesis& synthesis);

}  // namespace trireme::cloud::batch
