#pragma once

#include <memory>

#include "trireme/comm/communicator.h"
#include "trireme/supervise/status_board.h"

namespace trireme::comm {

/// Memory that all ranks of one host see: an address space (ranks as threads) or a mapping (ranks as processes).
class SharedSpace {
 public:
  static constexpr int64_t kPrivate = -1;

  virtual ~SharedSpace() = default;
  virtual std::string_view kind() const = 0;
  /// The name by which every rank finds these bytes, or kPrivate when peers can't see all of them.
  virtual int64_t offset_of(const void* data, int64_t bytes) const = 0;
  virtual std::byte* at(int64_t offset) const = 0;
  /// Whether ranks may try to read one another's other memory through the kernel.
  virtual bool may_read() const = 0;
  /// Throws IoError when there is none left. Any thread.
  virtual std::unique_ptr<Memory> allocate(Bytes size) = 0;
  /// Zeroed, on a 64-byte border, and kept as long as the space: peers may look at it after its maker has gone on.
  virtual std::byte* allocate_control(int64_t bytes) = 0;
};

class StagingAreas;

/// What the communicators of one rank have in common.
struct RankContext {
  std::shared_ptr<SharedSpace> space;
  supervise::StatusBoard board;  // in memory that the space keeps alive
  std::shared_ptr<supervise::BoardWriter> writer;
  Rank world_rank;
  Seconds timeout;  // of each operation
  std::shared_ptr<StagingAreas> staging_areas;
};

}  // namespace trireme::comm
