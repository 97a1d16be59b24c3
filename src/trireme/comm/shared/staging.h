#pragma once

#include <algorithm>
#include <mutex>
#include <vector>

#include "trireme/comm/shared/control.h"
#include "trireme/comm/shared/space.h"

namespace trireme::comm {

/// The staging areas of one rank. None is ever freed: a peer may still read one when the communicator that it served
/// has gone. It serves another once that group's members have done all rounds that may have used it.
class StagingAreas {
 public:
  /// `bytes` long, the same in every call.
  std::byte* take(SharedSpace& space, int64_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto is_read = [](const Returned& area) { return area.group->all_have_done(area.rounds); };
    const auto found = std::find_if(returned_.begin(), returned_.end(), is_read);
    if (found == returned_.end()) return space.allocate_control(bytes);
    std::byte* const area = found->area;
    returned_.erase(found);
    return area;
  }
  void give_back(std::byte* area, ControlBlock& group, uint64_t rounds) {
    const std::lock_guard lock(mutex_);
    returned_.push_back({area, &group, rounds});
  }

 private:
  struct Returned {
    std::byte* area;
    ControlBlock* group;
    uint64_t rounds;
  };

  std::mutex mutex_;
  std::vector<Returned> returned_;
};

}  // namespace trireme::comm
