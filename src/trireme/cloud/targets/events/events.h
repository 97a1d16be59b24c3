#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::events {

/// Mail of what happens to nodes, jobs and capacity: EventBridge rules, a topic, and a queue for what could not be
/// delivered. No code runs.
bool applies(const Cluster& cluster);
void render(Synthesis& synthesis);

}  // namespace trireme::cloud::events
