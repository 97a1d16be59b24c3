#include "trireme/comm/shm/shm.h"

#include <bit>

#include "trireme/comm/shared/shared_backend.h"
#include "trireme/comm/shared/staging.h"
#include "trireme/comm/shm/arena.h"
#include "trireme/core/check.h"
#include "trireme/supervise/shared_memory.h"

namespace trireme::comm::shm {

namespace {

using supervise::BoardWriter;
using supervise::StatusBoard;

constexpr int64_t kBorder = int64_t{2} << 20;
#if defined(__SANITIZE_THREAD__)
constexpr int64_t kMostAddresses = int64_t{1} << 38;  // its shadow takes most addresses
#else
constexpr int64_t kMostAddresses = int64_t{1} << 44;  // of all ranges together; an address space has 2^47
#endif

/// Where things lie in the file, the same for every rank.
struct Layout {
  explicit Layout(int world)
      : control(round_up(static_cast<int64_t>(StatusBoard::bytes(world)), kBorder)),
        ranges(round_up(control + ControlBlock::bytes(world), kBorder)),
        range(static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(kMostAddresses / world)))),
        end(ranges + range * world) {}

  int64_t control, ranges, range, end;
};

class MappedSpace final : public SharedSpace {
 public:
  MappedSpace(const Options& options, const Layout& layout)
      : mapping_(std::make_shared<Mapping>(options.fd, layout.end)),
        arena_(std::make_shared<Arena>(mapping_, layout.ranges + layout.range * options.rank.value(), layout.range,
                                       options.memory_limit)),
        may_read_(options.may_read) {}

  std::string_view kind() const override { return "shm"; }
  int64_t offset_of(const void* data, int64_t bytes) const override {
    const auto* begin = static_cast<const std::byte*>(data);
    const bool inside = begin >= mapping_->base() && begin + bytes <= mapping_->base() + mapping_->size();
    return inside ? begin - mapping_->base() : kPrivate;
  }
  std::byte* at(int64_t offset) const override { return mapping_->base() + offset; }
  bool may_read() const override { return may_read_; }
  std::unique_ptr<Memory> allocate(Bytes size) override { return arena_->allocate(size); }
  std::byte* allocate_control(int64_t bytes) override { return at(arena_->allocate_for_good(Bytes(bytes))); }
  std::span<std::byte> bytes() const { return {mapping_->base(), static_cast<size_t>(mapping_->size())}; }

 private:
  std::shared_ptr<Mapping> mapping_;
  std::shared_ptr<Arena> arena_;
  bool may_read_;
};

}  // namespace

UniqueFd create_memory(int world, int generation) {
  const size_t bytes = StatusBoard::bytes(world);
  UniqueFd fd = supervise::create_shared_memory(bytes);
  const supervise::SharedMapping mapping(fd.get(), bytes);
  StatusBoard::create(mapping.bytes(), world, generation);
  return fd;
}

std::unique_ptr<Communicator> make_world(const Options& options) {
  TRIREME_CHECK(options.rank.value() >= 0 && options.rank.value() < options.world, "rank {} of {}", options.rank,
                options.world);
  const Layout layout(options.world);
  const auto space = std::make_shared<MappedSpace>(options, layout);
  const StatusBoard board = StatusBoard::attach(space->bytes(), options.generation);
  if (board.world() != options.world) {
    throw CommError(format("rank {} was started for {} ranks, but its shared memory was made for {}", options.rank,
                           options.world, board.world()));
  }
  const auto writer = options.writer ? options.writer : std::make_shared<BoardWriter>(board, options.rank);
  // Every rank writes the same values, so it does not matter who comes first.
  ControlBlock* control = ControlBlock::make(space->at(layout.control), options.world);
  for (int rank = 0; rank < options.world; ++rank) control->member(rank).world_rank = rank;
  auto context = std::make_shared<RankContext>(
      RankContext{space, board, writer, options.rank, options.timeout, std::make_shared<StagingAreas>()});
  auto backend = std::make_unique<SharedBackend>(std::move(context), control, options.rank, "world");
  return std::make_unique<QueuedCommunicator>(std::move(backend), "world", options.decorate);
}

}  // namespace trireme::comm::shm
