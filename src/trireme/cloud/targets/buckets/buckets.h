#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::buckets {

bool applies(const Cluster& cluster);
void render(Synthesis& synthesis);

}  // namespace trireme::cloud::buckets
