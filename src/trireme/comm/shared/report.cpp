#include "trireme/comm/shared/report.h"

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>

#include "trireme/core/clock.h"
#include "trireme/core/format.h"

namespace trireme::comm {

namespace {

using supervise::OperationStatus;
using supervise::RankState;
using supervise::RankStatus;

constexpr size_t kRowNameLimit = 31;  // the board cuts longer names

const OperationStatus* find_row(const RankStatus& status, const std::string& name) {
  for (const OperationStatus& row : status.operations) {
    if (row.communicator == name.substr(0, kRowNameLimit)) return &row;
  }
  return nullptr;
}

bool has_entered(const RankStatus& status, const std::string& group, Op op, int64_t sequence) {
  const OperationStatus* row = find_row(status, row_name(group, peers_view(op)));
  return row && (row->sequence > sequence || (row->sequence == sequence && !is_pair(op)));
}

std::string ago(double time) { return format("{} s before", format_fixed(std::max(0.0, now_seconds() - time), 1)); }

std::string where_it_is(const RankStatus& status) {
  if (status.state == RankState::kAbsent) return "has not started";
  const OperationStatus* last = status.latest();
  const std::string state = status.state == RankState::kFailed     ? format("; it failed: {}", status.error)
                            : status.state == RankState::kFinished ? "; it has ended"
                                                                   : "";
  if (!last) return "has entered no operation" + state;
  if (last->finished) {
    return format("last finished {} #{} of {} {}{}", last->operation, last->sequence, last->communicator,
                  ago(last->finished_at), state);
  }
  return format("is in {} #{} of {}, entered {}{}", last->operation, last->sequence, last->communicator,
                ago(last->entered_at), state);
}

std::string place_of(const RankStatus& status, int world_rank) {
  return format("rank {} on host {}", world_rank, status.host.empty() ? "unknown" : status.host);
}

bool is_dead(const RankStatus& status) {
  return status.state == RankState::kFailed || status.state == RankState::kFinished ||
         (status.state == RankState::kRunning && status.pid != getpid() && kill(status.pid, 0) != 0 && errno == ESRCH);
}

}  // namespace

std::string row_name(const std::string& group, Op op) {
  return op == Op::kSend ? group + " send" : op == Op::kRecv ? group + " recv" : group;
}

bool is_waited_for(int member, int this_rank, const Operation& operation) {
  return is_pair(operation.op) ? member == operation.peer.value() : member != this_rank;
}

std::string standing_of(const RankStatus& status, int world_rank) {
  return format("{} {}", place_of(status, world_rank), where_it_is(status));
}

std::string standing_of(const RankStatus& status, int world_rank, const std::string& group, Op op, int64_t sequence) {
  const std::string what =
      is_pair(op) ? format("the matching {}", name_of(peers_view(op))) : format("{} #{}", name_of(op), sequence);
  return format("{} {} {} of {}; it {}", place_of(status, world_rank),
                has_entered(status, group, op, sequence) ? "has entered" : "has not entered", what, group,
                where_it_is(status));
}

std::string report_of(const supervise::StatusBoard& board, const BoardGroup& group, int this_rank,
                      const Operation& operation) {
  std::string text;
  for (int member = 0; member < static_cast<int>(group.world_ranks.size()); ++member) {
    if (member == this_rank) continue;
    const int world_rank = group.world_ranks[static_cast<size_t>(member)];
    const RankStatus status = board.read(Rank(world_rank));
    text += text.empty() ? "" : ". ";
    text += is_waited_for(member, this_rank, operation)
                ? standing_of(status, world_rank, group.name, operation.op, operation.sequence)
                : standing_of(status, world_rank);
  }
  return text;
}

std::string gone_member(const supervise::StatusBoard& board, const BoardGroup& group, int this_rank,
                        const Operation& operation) {
  for (int member = 0; member < static_cast<int>(group.world_ranks.size()); ++member) {
    if (!is_waited_for(member, this_rank, operation)) continue;
    const int world_rank = group.world_ranks[static_cast<size_t>(member)];
    const RankStatus status = board.read(Rank(world_rank));
    if (is_dead(status)) {
      return format("rank {} on host {} (process {}) {}", world_rank, status.host, status.pid,
                    status.state == RankState::kFinished ? "has ended"
                    : status.state == RankState::kFailed ? "has failed"
                                                         : "has died");
    }
  }
  return "";
}

}  // namespace trireme::comm
