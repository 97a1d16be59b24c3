#pragma once

#include <map>
#include <memory>

#include "trireme/comm/nccl/nccl_lane.h"
#include "trireme/comm/operation.h"
#include "trireme/comm/queue.h"

namespace trireme::comm::nccl {

/// Sends and receives of one rank of a group. Each direction between two ranks is a communicator of those two, so that
/// a send that waits for its peer holds up nothing else. NCCL blocks the host while two ranks meet, so launches run in
/// a queue of sends and one of receives, as those of the host do. Called by one thread at a time.
class Pairs {
 public:
  Pairs(Communicator& host, std::shared_ptr<const Gpu> gpu, std::shared_ptr<Watch> watch);
  /// Runs what was issued and waits for it.
  ~Pairs();

  Work send(Operation operation) { return issue(std::move(operation), outgoing_, *sends_); }
  Work recv(Operation operation) { return issue(std::move(operation), incoming_, *receives_); }

 private:
  /// Messages from one rank to another.
  struct Channel {
    ncclUniqueId id{};  // made by the sender
    Work id_passed;
    std::unique_ptr<Lane> lane;
  };
  using Channels = std::map<int, std::unique_ptr<Channel>>;  // by peer

  Work issue(Operation operation, Channels& channels, Queue& queue);
  Channel& channel_of(const Operation& operation, Channels& channels);

  Communicator& host_;
  std::shared_ptr<const Gpu> gpu_;
  std::shared_ptr<Watch> watch_;
  Channels outgoing_, incoming_;
  std::shared_ptr<Queue> sends_, receives_;
};

}  // namespace trireme::comm::nccl
