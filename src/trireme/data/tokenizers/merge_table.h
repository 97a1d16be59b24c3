#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "trireme/data/tokenizers/bpe_merger.h"
#include "trireme/data/tokenizers/bpe_vocabulary.h"

namespace trireme::data {

/// (left, right) -> rank and result, in one flat open-addressed table: the innermost look-up of BPE.
class MergeTable {
 public:
  explicit MergeTable(const std::vector<Merge>& merges) : entries_(2 * merges.size() + 1) {
    for (uint32_t rank = 0; rank < merges.size(); ++rank) {
      Entry& entry = slot(pair_of(merges[rank].left, merges[rank].right));
      if (entry.pair != kNone) continue;  // named twice: the lower rank holds
      entry = {pair_of(merges[rank].left, merges[rank].right), {rank, merges[rank].result}};
    }
  }

  std::optional<BpeMerger::Joined> find(TokenId left, TokenId right) const {
    const Entry& entry = const_cast<MergeTable*>(this)->slot(pair_of(left, right));
    if (entry.pair == kNone) return std::nullopt;
    return entry.joined;
  }

 private:
  static constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();

  struct Entry {
    uint64_t pair = kNone;
    BpeMerger::Joined joined;
  };

  static uint64_t pair_of(TokenId left, TokenId right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  /// The pair's entry, or the empty one where it belongs.
  Entry& slot(uint64_t pair) {
    size_t at = (pair * 0x9E3779B97F4A7C15u >> 32) * entries_.size() >> 32;
    while (entries_[at].pair != kNone && entries_[at].pair != pair) at = at + 1 == entries_.size() ? 0 : at + 1;
    return entries_[at];
  }

  std::vector<Entry> entries_;
};

}  // namespace trireme::data
