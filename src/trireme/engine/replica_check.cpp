#include "trireme/engine/replica_check.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "trireme/comm/host_values.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/engine/digests.h"

namespace trireme::engine {

namespace {

std::string joined(const std::vector<size_t>& ranks, const std::vector<std::string>& names) {
  std::string text;
  for (const size_t rank : ranks) text += (text.empty() ? "" : " and ") + names[rank];
  return text;
}

std::string describe(const Difference& difference, const std::vector<std::string>& names, int64_t step) {
  const std::string more = difference.tensors > 1 ? format(", one of {} tensors that differ", difference.tensors) : "";
  const std::string odd = joined(difference.odd_ranks, names);
  const std::string what =
      difference.has_majority
          ? format("{} of {} is not what the other {} ranks hold{}", difference.name, odd,
                   names.size() - difference.odd_ranks.size(), more)
          : format("{} differs between {}{}; which of them is right can't be told, a majority needs three ranks",
                   difference.name, odd, more);
  return format(
      "step {}: {}. Memory, processor or link failed silently; nothing of this step was saved. Test that host or leave "
      "it out, then go on with --resume",
      step, what);
}

/// Collective over `group`.
void expect_equal(comm::Communicator& group, const std::string& who, int64_t step, const std::vector<Digest>& mine) {
  // One hash of all hashes first: where nothing is wrong, little travels.
  const std::string text = to_text(mine);
  const std::vector<std::string> totals = comm::gather_texts(group, content_hash(text));
  if (std::equal(totals.begin() + 1, totals.end(), totals.begin())) return;

  const std::vector<std::string> names = comm::gather_texts(group, who);
  std::vector<std::vector<Digest>> by_rank;
  for (const std::string& each : comm::gather_texts(group, text)) by_rank.push_back(digests_from_text(each));
  const auto difference = find_difference(by_rank);
  const auto me = static_cast<size_t>(group.rank().value());
  const auto& odd = difference->odd_ranks;
  if (std::find(odd.begin(), odd.end(), me) == odd.end()) group.barrier().wait();  // ends with the abort of an odd one
  throw DeviceError(describe(*difference, names, step));
}

/// Ranks of the batch group are those of the world while data parallelism is all there is.
std::string who_am_i(const Groups& groups) { return format("rank {} on {}", groups.batch.rank().value(), host_name()); }

}  // namespace

void ReplicaCheck::compare_published(int64_t step, parallel::ShardedModel& model) const {
  if (groups_.batch.size() == 1) return;
  std::vector<Digest> digests;
  for (const auto& [name, value] : model.published()) {
    const at::Tensor on_host = value.cpu();
    digests.push_back({name, content_hash({static_cast<const std::byte*>(on_host.data_ptr()), on_host.nbytes()})});
  }
  if (!digests.empty()) expect_equal(groups_.batch, who_am_i(groups_), step, digests);
}

void ReplicaCheck::compare_state(int64_t step, const std::vector<formats::StatePiece>& pieces) {
  if (groups_.replicate.size() == 1 || compared_step_ == step) return;
  std::vector<Digest> digests;
  for (const auto& piece : pieces)
    digests.push_back({piece.name, content_hash(std::span<const std::byte>(piece.bytes))});
  expect_equal(groups_.replicate, who_am_i(groups_), step, digests);
  compared_step_ = step;
}

}  // namespace trireme::engine
