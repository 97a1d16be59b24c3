#pragma once

#include <string>
#include <vector>

#include "trireme/comm/operation.h"
#include "trireme/supervise/status_board.h"

namespace trireme::comm {

/// A group as its members' rows on the status board show it.
struct BoardGroup {
  std::string name;              // of the group
  std::vector<int> world_ranks;  // by rank in the group
};

/// Whether `this_rank` of a group waits for `member` in that operation. Else both may wait for a third.
bool is_waited_for(int member, int this_rank, const Operation& operation);

/// Where one rank is: "rank 2 on host a last finished barrier #13 of dp_shard 1.2 s before".
std::string standing_of(const supervise::RankStatus& status, int world_rank);
/// And how it stands to an operation of `group` that is waited for: "rank 2 on host a has not entered all_reduce #14 of
/// dp_shard; it last finished barrier #13 of dp_shard 1.2 s before".
std::string standing_of(const supervise::RankStatus& status, int world_rank, const std::string& group, Op op,
                        int64_t sequence);

/// What a rank that waits for `operation` can tell of it: where every other member is.
std::string report_of(const supervise::StatusBoard& board, const BoardGroup& group, int this_rank,
                      const Operation& operation);

/// Which member has ended or died before it entered `operation`, in words; empty: none.
std::string gone_member(const supervise::StatusBoard& board, const BoardGroup& group, int this_rank,
                        const Operation& operation);

/// The board's row for an operation: sends and receives have their own, because they run beside collectives.
std::string row_name(const std::string& group, Op op);

}  // namespace trireme::comm
