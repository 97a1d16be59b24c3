#include "trireme/comm/shm/arena.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <iterator>

#include "trireme/core/available.h"
#include "trireme/core/error.h"
#include "trireme/core/format.h"
#include "trireme/core/huge_pages.h"

namespace trireme::comm::shm {

namespace {
constexpr int64_t kPage = 4096;

/// What a piece of so many bytes is a multiple of, and where it begins.
int64_t page_for(int64_t bytes) { return bytes >= kHugePageBytes ? kHugePageBytes : kPage; }

int64_t rounded(Bytes size) {
  const int64_t wanted = std::max<int64_t>(size.value(), 1);
  return round_up(wanted, page_for(wanted));
}

/// Of a file, on a border of huge pages; MAP_FAILED where there is no room for it.
void* map_shared(int fd, size_t size) {
  constexpr size_t kBorder = kHugePageBytes;
  void* const room = ::mmap(nullptr, size + kBorder, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return room;
  auto* const first = static_cast<std::byte*>(room);
  const size_t before = (kBorder - reinterpret_cast<uintptr_t>(room) % kBorder) % kBorder;
  if (before > 0) ::munmap(first, before);
  ::munmap(first + before + size, kBorder - before);
  return ::mmap(first + before, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | MAP_FIXED, fd, 0);
}

}  // namespace

class Arena::Piece final : public Memory {
 public:
  Piece(std::shared_ptr<Arena> arena, int64_t offset, int64_t reserved, int64_t size)
      : arena_(std::move(arena)), offset_(offset), reserved_(reserved), size_(size) {}
  ~Piece() override { arena_->keep(offset_, reserved_); }
  std::span<std::byte> bytes() override { return {arena_->mapping_->base() + offset_, static_cast<size_t>(size_)}; }

 private:
  std::shared_ptr<Arena> arena_;
  int64_t offset_, reserved_, size_;
};

Mapping::Mapping(int fd, int64_t size) : fd_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)), size_(size) {
  struct stat status {};
  if (!fd_.valid() || ::fstat(fd_.get(), &status) != 0 ||
      (status.st_size < size_ && ::ftruncate(fd_.get(), size_) != 0)) {
    throw io_error("can't extend the shared memory of this job to {}", format_bytes(static_cast<double>(size_)));
  }
  void* base = map_shared(fd_.get(), static_cast<size_t>(size_));
  if (base == MAP_FAILED) {
    throw io_error("can't map {} of address space for shared memory; is `ulimit -v` set?",
                   format_bytes(static_cast<double>(size_)));
  }
  base_ = static_cast<std::byte*>(base);
}

Mapping::~Mapping() { ::munmap(base_, static_cast<size_t>(size_)); }

Arena::Arena(std::shared_ptr<Mapping> mapping, int64_t first, int64_t size, Bytes limit)
    : mapping_(std::move(mapping)), limit_(limit) {
  holes_[first] = size;
}

std::unique_ptr<Memory> Arena::allocate(Bytes size) {
  const int64_t bytes = rounded(size);
  const std::lock_guard lock(mutex_);
  int64_t offset;
  if (const auto idle = idle_.extract(bytes)) {
    offset = idle.mapped();
    in_use_ += bytes;
  } else {
    offset = take_fresh(bytes);
  }
  return std::make_unique<Piece>(shared_from_this(), offset, bytes, size.value());
}

int64_t Arena::allocate_for_good(Bytes size) {
  const std::lock_guard lock(mutex_);
  return take_fresh(rounded(size));
}

int64_t Arena::take_fresh(int64_t bytes) {
  make_room(bytes);
  const int64_t page = page_for(bytes);
  const auto find = [&] {
    return std::find_if(holes_.begin(), holes_.end(),
                        [&](const auto& h) { return round_up(h.first, page) + bytes <= h.first + h.second; });
  };
  auto hole = find();
  if (hole == holes_.end()) {
    give_back_idle();
    hole = find();
  }
  if (hole == holes_.end()) {
    throw IoError(format("out of shared memory: wanted {}, but this rank's address range is used up",
                         format_bytes(static_cast<double>(bytes))));
  }
  const auto [first, size] = *hole;
  const int64_t offset = round_up(first, page), before = offset - first, after = size - before - bytes;
  take_pages(offset, bytes);
  holes_.erase(hole);
  if (before > 0) holes_[first] = before;
  if (after > 0) holes_[offset + bytes] = after;
  in_use_ += bytes;
  return offset;
}

int64_t Arena::room() const {
  if (limit_.value() == 0) return available_memory().value();
  int64_t taken = in_use_;
  for (const auto& [bytes, offset] : idle_) taken += bytes;
  return limit_.value() - taken;
}

void Arena::make_room(int64_t bytes) {
  int64_t left = room();
  if (bytes > left && !idle_.empty()) {
    give_back_idle();
    left = room();
  }
  if (bytes <= left) return;
  throw IoError(
      format("out of shared memory: wanted {} for collectives, {} available ({} in use by this rank). Use a smaller "
             "micro_batch_size or more ranks with zero = 3, or give the job more memory",
             format_bytes(static_cast<double>(bytes)), format_bytes(static_cast<double>(std::max<int64_t>(left, 0))),
             format_bytes(static_cast<double>(in_use_))));
}

void Arena::give_back_idle() noexcept {
  for (const auto& [bytes, offset] : idle_) {
    free_pages(offset, bytes);
    make_hole(offset, bytes);
  }
  idle_.clear();
}

void Arena::take_pages(int64_t offset, int64_t bytes) {
  int problem = 0;
  do {
    problem = ::fallocate(mapping_->fd(), 0, offset, bytes) == 0 ? 0 : errno;
  } while (problem == EINTR);
  if (problem != 0) {
    free_pages(offset, bytes);
    errno = problem;
    throw io_error(
        "out of shared memory: wanted {} for collectives; use a smaller model part per rank or give the job more "
        "memory",
        format_bytes(static_cast<double>(bytes)));
  }
  std::byte* const first = mapping_->base() + offset;
  use_huge_pages(first, static_cast<size_t>(bytes));
  // Maps the pages now, in one call, instead of by one fault each. Only a hint: it may be unknown to the kernel.
  ::madvise(first, static_cast<size_t>(bytes), MADV_POPULATE_WRITE);
}

void Arena::free_pages(int64_t offset, int64_t bytes) noexcept {
  ::fallocate(mapping_->fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes);
}

void Arena::keep(int64_t offset, int64_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  in_use_ -= bytes;
  idle_.emplace(bytes, offset);
}

void Arena::make_hole(int64_t offset, int64_t bytes) noexcept {
  auto next = holes_.lower_bound(offset);
  if (next != holes_.end() && next->first == offset + bytes) {
    bytes += next->second;
    next = holes_.erase(next);
  }
  if (next != holes_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == offset) {
      before->second += bytes;
      return;
    }
  }
  holes_[offset] = bytes;
}

}  // namespace trireme::comm::shm
