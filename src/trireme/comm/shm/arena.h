#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "trireme/comm/communicator.h"
#include "trireme/core/file.h"
#include "trireme/core/units.h"

namespace trireme::comm::shm {

/// A sparse file, mapped whole; pages that nobody took cost nothing.
class Mapping {
 public:
  /// Keeps a duplicate of `fd` and grows the file to `size` if it is smaller. Throws IoError.
  Mapping(int fd, int64_t size);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  int fd() const { return fd_.get(); }
  std::byte* base() const { return base_; }
  int64_t size() const { return size_; }

 private:
  UniqueFd fd_;
  int64_t size_;
  std::byte* base_;
};

/// Hands out page-aligned pieces of one range of a sparse file, from 2 MiB on in huge pages where there are free ones.
/// Pages are taken when a piece is allocated, so that a full memory is an error here and not a signal later. A freed
/// piece keeps its pages for the next one of its size, as a step takes the same sizes again and fresh pages cost more
/// than what is written to them; when memory or addresses run short they go back to the system. One process allocates
/// from a range; thread-safe.
class Arena : public std::enable_shared_from_this<Arena> {
 public:
  /// The range [first, first + size) of the file. `limit`: most bytes that may be in use at once; 0: what the host and
  /// its container have left.
  Arena(std::shared_ptr<Mapping> mapping, int64_t first, int64_t size, Bytes limit);

  /// Uninitialised. Throws IoError "out of shared memory: wanted …".
  std::unique_ptr<Memory> allocate(Bytes size);
  /// Zeroed, never freed: its offset in the file.
  int64_t allocate_for_good(Bytes size);

 private:
  class Piece;

  int64_t room() const;
  /// Gives idle pieces back first where that is needed. Throws IoError when `bytes` more can't be had.
  void make_room(int64_t bytes);
  int64_t take_fresh(int64_t bytes);
  void take_pages(int64_t offset, int64_t bytes);
  void free_pages(int64_t offset, int64_t bytes) noexcept;
  void keep(int64_t offset, int64_t bytes) noexcept;
  void give_back_idle() noexcept;
  void make_hole(int64_t offset, int64_t bytes) noexcept;

  std::shared_ptr<Mapping> mapping_;
  Bytes limit_;
  std::mutex mutex_;
  std::map<int64_t, int64_t> holes_;      // offset -> bytes; neighbours are merged
  std::multimap<int64_t, int64_t> idle_;  // bytes -> offset of freed pieces that still have their pages
  int64_t in_use_ = 0;
};

}  // namespace trireme::comm::shm
