#include "trireme/comm/shared/shared_backend.h"

#include <algorithm>
#include <cstring>

#include "trireme/comm/reduce.h"
#include "trireme/comm/shared/report.h"
#include "trireme/comm/shared/round.h"
#include "trireme/comm/shared/staging.h"
#include "trireme/comm/shared/wait.h"
#include "trireme/core/check.h"
#include "trireme/core/environment.h"

namespace trireme::comm {

SharedBackend::SharedBackend(std::shared_ptr<RankContext> context, ControlBlock* control, Rank rank, std::string name)
    : context_(std::move(context)),
      control_(control),
      rank_(rank.value()),
      size_(control->size()),
      name_(std::move(name)) {
  board_rows_.fill(-1);
  control_->member(rank_).probe = probe_of(probed_);
}

SharedBackend::~SharedBackend() {
  for (std::byte* area : {staging_, send_staging_})
    if (area) context_->staging_areas->give_back(area, *control_, rounds_);
}

bool SharedBackend::supports(Op op, DType dtype, DeviceKind device) const {
  const bool reduces = op == Op::kAllReduce || op == Op::kReduceScatter;
  return device == DeviceKind::kCpu && (!reduces || can_reduce(dtype));
}

void SharedBackend::run(const Operation& operation) {
  int& row = board_rows_[lane_of(operation.op)];
  if (row < 0) row = context_->writer->add_communicator(row_name(name_, operation.op));
  throw_if_aborted(context_->board);
  context_->writer->enter(row, short_name(operation), operation.sequence);
  try {
    dispatch(operation);
    throw_if_aborted(context_->board);  // a peer that failed meanwhile may have freed what was read here
  } catch (const std::exception& problem) {
    abort(problem.what());
    throw;
  }
  context_->writer->finish(row, operation.sequence);
}

void SharedBackend::dispatch(const Operation& operation) {
  if (operation.op == Op::kSend) return send(operation);
  if (operation.op == Op::kRecv) return recv(operation);
  Round round(operation, Deadline::after(context_->timeout), static_cast<int>(rounds_++ % 2));
  round.mine = posting_of(operation, staging_);
  collective(round);
  control_->member(rank_).rounds_done.store(rounds_, std::memory_order_release);
}

void SharedBackend::collective(Round& round) {
  if (!round.operation.moves_data) return meet(round);
  switch (round.operation.op) {
    case Op::kAllReduce: return all_reduce(round);
    case Op::kReduceScatter: return reduce_scatter(round);
    case Op::kAllGather: return all_gather(round);
    case Op::kAllToAll: return all_to_all(round);
    case Op::kBroadcast: return broadcast(round);
    default: return meet(round);
  }
}

Posting SharedBackend::posting_of(const Operation& operation, std::byte*& staging) {
  const bool provides = operation.op != Op::kBroadcast || operation.peer.value() == rank_;
  const Header header = header_of(operation);
  if (!provides || operation.in.count == 0 || !operation.moves_data) return {header, Access::kNone, 0};
  const int64_t offset = context_->space->offset_of(operation.in.data, operation.in.bytes());
  if (offset != SharedSpace::kPrivate) return {header, Access::kInView, offset};
  const bool only_read = operation.op != Op::kAllReduce;
  if (all_read_all_ && only_read && operation.in.bytes() >= kBytesWorthReading) {
    return {header, Access::kRead, reinterpret_cast<int64_t>(operation.in.data)};
  }
  if (!staging) staging = context_->staging_areas->take(*context_->space, kStagingBytes);
  return {header, Access::kStaged, context_->space->offset_of(staging, kStagingBytes)};
}

std::byte* SharedBackend::place_of(const Piece& piece) const {
  TRIREME_CHECK(piece.posting.access != Access::kRead, "data of member {} is for reading", piece.member);
  return context_->space->at(piece.posting.place) +
         (piece.posting.access == Access::kStaged ? piece.staged : piece.in_place);
}

void SharedBackend::fetch(const Piece& piece, std::byte* to) {
  if (piece.bytes <= 0) return;
  if (piece.posting.access != Access::kRead || piece.member == rank_) {
    const std::byte* from = piece.posting.access == Access::kRead
                                ? reinterpret_cast<const std::byte*>(piece.posting.place) + piece.in_place
                                : place_of(piece);
    if (from != to) std::memcpy(to, from, static_cast<size_t>(piece.bytes));
    return;
  }
  const Member& member = control_->member(piece.member);
  const std::string problem = read_process(member.probe.pid, piece.posting.place + piece.in_place, to, piece.bytes);
  if (problem.empty()) return;
  throw_if_aborted(context_->board);  // a rank that failed may have freed it
  throw CommError(format("memory of rank {} can't be read by rank {}, perhaps because it has ended: {}",
                         member.world_rank, context_->world_rank, problem));
}

const std::byte* SharedBackend::source_of(const Piece& piece) {
  if (piece.posting.access != Access::kRead) return place_of(piece);
  const int64_t slot_bytes = round_up(ceil_div(kChunkBytes, size_), 64);
  scratch_.resize(static_cast<size_t>(slot_bytes * size_));
  std::byte* const slot = scratch_.data() + slot_bytes * piece.member;
  fetch(piece, slot);
  return slot;
}

void SharedBackend::find_out_who_reads() {
  const auto all = [&](const auto& holds) {
    for (int peer = 0; peer < size_; ++peer)
      if (peer != rank_ && !holds(control_->member(peer))) return false;
    return true;
  };
  Member& mine = control_->member(rank_);
  if (rounds_ == 1)
    mine.reads_peers = context_->space->may_read() && all([](const Member& member) { return reads(member.probe); });
  if (rounds_ == 2)
    all_read_all_ = mine.reads_peers && all([](const Member& member) { return member.reads_peers != 0; });
}

void SharedBackend::meet(Round& round) {
  control_->member(rank_).postings[round.parity] = round.mine;
  barrier(round);
  find_out_who_reads();
  round.postings.resize(static_cast<size_t>(size_));
  for (int peer = 0; peer < size_; ++peer) {
    const Posting& theirs = round.postings[static_cast<size_t>(peer)] = control_->member(peer).postings[round.parity];
    round.any_in_view |= theirs.access == Access::kInView;
    round.any_staged |= theirs.access == Access::kStaged;
    round.any_read |= theirs.access == Access::kRead;
    if (theirs.header == round.postings[0].header) continue;
    throw CommError(describe_mismatch(name_, control_->member(0).world_rank, round.postings[0].header,
                                      control_->member(peer).world_rank, theirs.header));
  }
}

void SharedBackend::barrier(Round& round) {
  const uint32_t passed = control_->generation.value.load(std::memory_order_acquire);
  if (control_->arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<uint32_t>(size_)) {
    control_->arrived.store(0, std::memory_order_relaxed);
    publish(control_->generation, passed + 1);
    return;
  }
  wait(control_->generation, passed, round.operation, round.deadline);
}

void SharedBackend::wait(FutexWord& word, uint32_t value, const Operation& operation, Deadline& deadline) {
  wait_while(
      word, value, *context_, deadline, [&] { return gone_member(context_->board, group(), rank_, operation); },
      [&](const std::string& gone) { return fail_late(operation, gone); });
}

std::string SharedBackend::abort_cause() const {
  const auto cause = context_->board.abort_cause();
  if (!cause) return "";
  return cause->text.empty() ? format("rank {} ended while it aborted the world", cause->rank) : cause->text;
}

BoardGroup SharedBackend::group() const {
  BoardGroup group{.name = name_, .world_ranks = {}};
  for (int member = 0; member < size_; ++member) group.world_ranks.push_back(control_->member(member).world_rank);
  return group;
}

CommError SharedBackend::fail_late(const Operation& operation, const std::string& gone) noexcept {
  const std::string why = gone.empty() ? format("was not done within {} s", format_fixed(context_->timeout.count(), 1))
                                       : format("can't be done: {}", gone);
  abort(format("{} {} on rank {} of host {}. {}", describe(operation, name_), why, context_->world_rank, host_name(),
               report_of(context_->board, group(), rank_, operation)));
  const auto cause = context_->board.abort_cause();
  return CommError(cause && !cause->text.empty() ? cause->text : why);
}

std::unique_ptr<BlockingBackend> SharedBackend::split(int color, int key, const std::string& name) {
  struct Place {
    int64_t color, key, rank;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> places(static_cast<size_t>(size_));
  const Place mine{color, key, rank_};
  gather_from_all(&mine, 3, places.data());
  std::erase_if(places, [&](const Place& place) { return place.color != color; });
  std::sort(places.begin(), places.end());
  const auto position = std::find(places.begin(), places.end(), mine) - places.begin();

  int64_t offset = 0;
  if (position == 0) {
    const int size = static_cast<int>(places.size());
    std::byte* memory = context_->space->allocate_control(ControlBlock::bytes(size));
    ControlBlock* block = ControlBlock::make(memory, size);
    for (int i = 0; i < size; ++i) {
      block->member(i).world_rank = control_->member(static_cast<int>(places[static_cast<size_t>(i)].rank)).world_rank;
    }
    offset = context_->space->offset_of(memory, ControlBlock::bytes(size));
  }
  std::vector<int64_t> offsets(static_cast<size_t>(size_));
  gather_from_all(&offset, 1, offsets.data());
  auto* block = reinterpret_cast<ControlBlock*>(context_->space->at(offsets[static_cast<size_t>(places[0].rank)]));
  return std::make_unique<SharedBackend>(context_, block, Rank(static_cast<int>(position)), name);
}

void SharedBackend::gather_from_all(const void* mine, int64_t count, void* all) {
  Operation operation{.op = Op::kAllGather};
  operation.in = {const_cast<void*>(mine), count, DType::kI64, {}};
  operation.out = {all, count * size_, DType::kI64, {}};
  run(operation);
}

}  // namespace trireme::comm
