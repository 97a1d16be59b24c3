#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trireme/comm/queued_communicator.h"
#include "trireme/core/clock.h"

namespace trireme::comm::local {

struct Options {
  Seconds timeout{600};  // of each operation
  Decorate decorate = nullptr;
};

/// `size` ranks that live in this process, one communicator each, for as many threads: communicator i is rank i. Each
/// may be used and destroyed in another thread.
std::vector<std::unique_ptr<Communicator>> make_world(int size, Options options = {});

/// A group of this rank alone: no threads, operations are done when they return.
std::unique_ptr<Communicator> make_alone(std::string name);

}  // namespace trireme::comm::local
