#include "trireme/comm/local/local.h"

#include <mutex>

#include "trireme/comm/pages.h"
#include "trireme/comm/shared/shared_backend.h"
#include "trireme/comm/shared/staging.h"
#include "trireme/core/check.h"

namespace trireme::comm::local {

namespace {

/// The address space: an offset is an address.
class AddressSpace final : public SharedSpace {
 public:
  std::string_view kind() const override { return "local"; }
  int64_t offset_of(const void* data, int64_t) const override { return reinterpret_cast<int64_t>(data); }
  std::byte* at(int64_t offset) const override { return reinterpret_cast<std::byte*>(offset); }
  bool may_read() const override { return false; }  // all is in view
  std::unique_ptr<Memory> allocate(Bytes size) override { return allocate_pages(size); }
  std::byte* allocate_control(int64_t bytes) override {
    auto pages = allocate_pages(Bytes(bytes));
    const std::lock_guard lock(mutex_);
    controls_.push_back(std::move(pages));
    return controls_.back()->bytes().data();
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Memory>> controls_;
};

std::vector<std::unique_ptr<Communicator>> make_ranks(int size, const std::string& name, const Options& options) {
  const auto space = std::make_shared<AddressSpace>();
  const auto board_bytes = static_cast<int64_t>(supervise::StatusBoard::bytes(size));
  const auto board = supervise::StatusBoard::create(
      {space->allocate_control(board_bytes), static_cast<size_t>(board_bytes)}, size, /*generation=*/0);
  ControlBlock* control = ControlBlock::make(space->allocate_control(ControlBlock::bytes(size)), size);
  std::vector<std::unique_ptr<Communicator>> ranks;
  for (int rank = 0; rank < size; ++rank) {
    control->member(rank).world_rank = rank;
    auto context = std::make_shared<RankContext>(
        RankContext{space, board, std::make_shared<supervise::BoardWriter>(board, Rank(rank)), Rank(rank),
                    options.timeout, std::make_shared<StagingAreas>()});
    auto backend = std::make_unique<SharedBackend>(std::move(context), control, Rank(rank), name);
    ranks.push_back(std::make_unique<QueuedCommunicator>(std::move(backend), name, options.decorate));
  }
  return ranks;
}

}  // namespace

std::vector<std::unique_ptr<Communicator>> make_world(int size, Options options) {
  TRIREME_CHECK(size > 0, "a world has at least one rank, got {}", size);
  return make_ranks(size, "world", options);
}

std::unique_ptr<Communicator> make_alone(std::string name) { return std::move(make_ranks(1, name, {}).front()); }

}  // namespace trireme::comm::local
