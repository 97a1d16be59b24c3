#include "trireme/supervise/status_board.h"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <thread>
#include <type_traits>
#include <utility>

#include "trireme/core/check.h"
#include "trireme/core/clock.h"
#include "trireme/core/environment.h"

namespace trireme::supervise {

namespace {

constexpr uint64_t kMagic = 0x31627274'656d6572;  // changes with the layout below
constexpr size_t kPage = 4096;

/// Text of fixed size; cut when longer, always terminated.
template <size_t kSize>
struct Text {
  char bytes[kSize];

  void set(std::string_view text) {
    const size_t length = std::min(text.size(), kSize - 1);
    std::memcpy(bytes, text.data(), length);
    bytes[length] = '\0';
  }
  std::string get() const { return {bytes, strnlen(bytes, kSize)}; }
};

/// Text that one writer, the first to claim it, publishes once.
template <size_t kSize>
struct OnceText {
  std::atomic<uint32_t> state;  // 0 empty, 1 claimed, 2 whole
  int32_t who;
  Text<kSize> text;

  bool claim(int writer, std::string_view value) noexcept {
    uint32_t empty = 0;
    if (!state.compare_exchange_strong(empty, 1)) return false;
    who = writer;
    text.set(value);
    state.store(2, std::memory_order_release);
    return true;
  }
  bool claimed() const noexcept { return state.load(std::memory_order_acquire) != 0; }
  bool whole() const noexcept { return state.load(std::memory_order_acquire) == 2; }
};

/// Two copies of a record. The even or odd one is current, by `version`; a writer that dies in the middle of the
/// other leaves the current one whole. One writer at a time. Who reads a word of a later record also sees, by its
/// release, the version before it, and reads again.
template <class Record>
struct Versioned {
  static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) % sizeof(uint64_t) == 0);
  using Words = std::array<std::atomic<uint64_t>, sizeof(Record) / sizeof(uint64_t)>;
  std::atomic<uint64_t> version;
  Words copies[2];

  void write(const Record& record) noexcept {
    const uint64_t next = version.load(std::memory_order_relaxed) + 1;
    std::array<uint64_t, std::tuple_size_v<Words>> words;
    std::memcpy(words.data(), &record, sizeof record);
    for (size_t i = 0; i < words.size(); ++i) copies[next % 2][i].store(words[i], std::memory_order_release);
    version.store(next, std::memory_order_release);
  }
  Record read() const noexcept {
    std::array<uint64_t, std::tuple_size_v<Words>> words;
    uint64_t seen;
    do {
      seen = version.load(std::memory_order_acquire);
      for (size_t i = 0; i < words.size(); ++i) words[i] = copies[seen % 2][i].load(std::memory_order_acquire);
    } while (version.load(std::memory_order_relaxed) != seen);
    Record record;
    std::memcpy(static_cast<void*>(&record), words.data(), sizeof record);
    return record;
  }
};

struct OperationRecord {
  Text<32> communicator;
  Text<32> operation;
  int64_t sequence;
  int64_t finished;
  double entered_at;
  double finished_at;
};

struct alignas(kPage) Slot {
  std::atomic<RankState> state;
  std::atomic<int32_t> pid;
  std::atomic<double> heartbeat_at;
  std::atomic<int32_t> num_communicators;
  Text<64> host;  // written before `state` becomes kRunning
  OnceText<1024> error;
  Versioned<OperationRecord> rows[StatusBoard::kMaxCommunicators];
};

static_assert(std::atomic<double>::is_always_lock_free && std::atomic<RankState>::is_always_lock_free);

OperationRecord to_record(const OperationStatus& status) {
  OperationRecord record{};
  record.communicator.set(status.communicator);
  record.operation.set(status.operation);
  record.sequence = status.sequence;
  record.finished = status.finished ? 1 : 0;
  record.entered_at = status.entered_at;
  record.finished_at = status.finished_at;
  return record;
}

OperationStatus from_record(const OperationRecord& record) {
  return {record.communicator.get(), record.operation.get(), record.sequence,
          record.finished != 0,      record.entered_at,      record.finished_at};
}

}  // namespace

struct alignas(kPage) StatusBoard::Layout {
  std::atomic<uint64_t> magic;  // written last by create()
  int32_t world;
  int32_t generation;
  OnceText<1024> abort;

  Slot& slot(Rank rank) {
    TRIREME_CHECK(rank.value() >= 0 && rank.value() < world, "rank {} of {}", rank, world);
    return reinterpret_cast<Slot*>(this + 1)[rank.value()];
  }
};

const OperationStatus* RankStatus::latest() const {
  const OperationStatus* last = nullptr;
  const auto order = [](const OperationStatus& operation) {
    return std::pair(!operation.finished, operation.entered_at);
  };
  for (const OperationStatus& operation : operations) {
    if (!operation.operation.empty() && (!last || order(operation) > order(*last))) last = &operation;
  }
  return last;
}

size_t StatusBoard::bytes(int world) { return sizeof(Layout) + static_cast<size_t>(world) * sizeof(Slot); }

StatusBoard StatusBoard::create(std::span<std::byte> memory, int world, int generation) {
  TRIREME_CHECK(memory.size() >= bytes(world), "{} bytes can't hold a board of {} ranks", memory.size(), world);
  auto* layout = reinterpret_cast<Layout*>(memory.data());
  layout->world = world;
  layout->generation = generation;
  layout->magic.store(kMagic, std::memory_order_release);
  return StatusBoard(layout);
}

StatusBoard StatusBoard::attach(std::span<std::byte> memory, int generation) {
  auto* layout = reinterpret_cast<Layout*>(memory.data());
  if (memory.size() < sizeof(Layout) || layout->magic.load(std::memory_order_acquire) != kMagic ||
      memory.size() < bytes(layout->world)) {
    throw CommError(
        "the shared memory this rank was given holds no status board of this version of trireme; "
        "start ranks with `trireme train`");
  }
  if (layout->generation != generation) {
    throw CommError(format("this rank belongs to restart {} but the job is at restart {}; it must not join", generation,
                           layout->generation));
  }
  return StatusBoard(layout);
}

int StatusBoard::world() const { return layout_->world; }

RankStatus StatusBoard::read(Rank rank) const {
  const Slot& slot = layout_->slot(rank);
  RankStatus status;
  status.state = slot.state.load(std::memory_order_acquire);
  if (status.state == RankState::kAbsent) return status;
  status.pid = slot.pid.load(std::memory_order_relaxed);
  status.host = slot.host.get();
  status.heartbeat_at = slot.heartbeat_at.load(std::memory_order_relaxed);
  if (slot.error.whole()) status.error = slot.error.text.get();
  const int count = std::min(slot.num_communicators.load(std::memory_order_acquire), kMaxCommunicators);
  for (int i = 0; i < count; ++i) status.operations.push_back(from_record(slot.rows[i].read()));
  return status;
}

bool StatusBoard::abort(int rank, std::string_view cause) noexcept { return layout_->abort.claim(rank, cause); }
bool StatusBoard::aborted() const noexcept { return layout_->abort.claimed(); }

std::optional<AbortCause> StatusBoard::abort_cause() const {
  if (!aborted()) return std::nullopt;
  const Deadline deadline = Deadline::after(Seconds(0.1));
  while (!layout_->abort.whole() && !deadline.passed()) std::this_thread::yield();
  if (!layout_->abort.whole()) return AbortCause{};
  return AbortCause{layout_->abort.who, layout_->abort.text.get()};
}

BoardWriter::BoardWriter(StatusBoard board, Rank rank) : board_(board), rank_(rank) {
  rows_.reserve(StatusBoard::kMaxCommunicators);
  Slot& slot = board_.layout_->slot(rank_);
  slot.pid.store(getpid(), std::memory_order_relaxed);
  slot.host.set(host_name());
  slot.state.store(RankState::kRunning, std::memory_order_release);
  beat();
}

int BoardWriter::add_communicator(std::string_view name) noexcept {
  const std::lock_guard lock(mutex_);
  if (rows_.size() == StatusBoard::kMaxCommunicators) return StatusBoard::kMaxCommunicators - 1;
  OperationStatus row;
  row.communicator = name;
  Slot& slot = board_.layout_->slot(rank_);
  slot.rows[rows_.size()].write(to_record(row));
  rows_.push_back(std::move(row));
  slot.num_communicators.store(static_cast<int32_t>(rows_.size()), std::memory_order_release);
  return static_cast<int>(rows_.size()) - 1;
}

void BoardWriter::enter(int communicator, std::string_view operation, int64_t sequence) noexcept {
  const std::lock_guard lock(mutex_);
  OperationStatus& row = rows_[static_cast<size_t>(communicator)];
  row.operation = operation;
  row.sequence = sequence;
  row.finished = false;
  row.entered_at = now_seconds();
  board_.layout_->slot(rank_).rows[communicator].write(to_record(row));
}

void BoardWriter::finish(int communicator, int64_t sequence) noexcept {
  const std::lock_guard lock(mutex_);
  OperationStatus& row = rows_[static_cast<size_t>(communicator)];
  if (row.sequence != sequence) return;
  row.finished = true;
  row.finished_at = now_seconds();
  board_.layout_->slot(rank_).rows[communicator].write(to_record(row));
}

void BoardWriter::beat() noexcept {
  board_.layout_->slot(rank_).heartbeat_at.store(now_seconds(), std::memory_order_relaxed);
}

void BoardWriter::set_state(RankState state) noexcept {
  board_.layout_->slot(rank_).state.store(state, std::memory_order_release);
}

void BoardWriter::fail(std::string_view error) noexcept {
  board_.layout_->slot(rank_).error.claim(rank_.value(), error);
  set_state(RankState::kFailed);
}

}  // namespace trireme::supervise
