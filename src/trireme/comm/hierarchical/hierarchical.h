#pragma once

#include <functional>
#include <memory>
#include <string>

#include "trireme/comm/communicator.h"

namespace trireme::comm::hierarchical {

struct Options {
  /// Ranks with equal keys are on one host. Tests simulate hosts by it.
  std::string host_key;
  /// Makes the faster communicator of one host's ranks, given a slow one; null: the slow one is used.
  std::function<std::unique_ptr<Communicator>(Communicator& host_ranks)> make_inner = nullptr;
};

/// Takes the ranks of `flat` and moves data in two steps: within a host by `inner`, and between hosts by one group for
/// each local rank, so that every link carries each byte once.
///
/// Order of a reduction: within each host in rank order, then over hosts in the order of their first ranks. fp16 and
/// bf16 are widened to fp32 before the first sum and rounded once after the last, so hosts exchange fp32. Same layout,
/// same bits; another division into hosts may differ in the last bit.
///
/// A group whose hosts hold different numbers of its ranks, and sends, receives and all_to_all of any group, use `flat`
/// alone. Collective over `flat`.
std::unique_ptr<Communicator> make_world(std::unique_ptr<Communicator> flat, const Options& options);

}  // namespace trireme::comm::hierarchical
