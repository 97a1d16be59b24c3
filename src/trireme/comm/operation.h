#pragma once

#include <string>
#include <vector>

#include "trireme/comm/communicator.h"

namespace trireme::comm {

/// One call of a collective, as a back-end gets it.
struct Operation {
  Op op = Op::kBarrier;
  int64_t sequence =
      0;  // counts the collectives of a communicator; sends to a peer, receives from it have their own counts
  ReduceOp reduce = ReduceOp::kSum;
  Rank peer{-1};   // root, destination or source
  Buffer in = {};  // also the buffer of in-place operations
  Buffer out = {};
  std::vector<int64_t> in_counts = {}, out_counts = {};  // all_to_all: elements for and from each rank
  bool moves_data = true;                                // false: ranks compare what they call and touch no buffer
};

/// Whether it is between two ranks alone: a send or a receive.
bool is_pair(Op op);
/// What the peers call: the receive of a send, the send of a receive, the same collective.
Op peers_view(Op op);
/// Operations of one lane run one after the other: a communicator has one for collectives, one for sends, one for
/// receives.
inline constexpr size_t kLanes = 3;
size_t lane_of(Op op);
/// What peers must agree on: elements of the smallest piece a member contributes or receives.
int64_t matched_count(const Operation& operation);
/// "all_reduce #14 of dp_shard (1000 fp32)", "send to 1 #2 of pp (8 bf16)".
std::string describe(const Operation& operation, const std::string& communicator);
/// "all_reduce", "send to 1": what the status board shows.
std::string short_name(const Operation& operation);

}  // namespace trireme::comm
