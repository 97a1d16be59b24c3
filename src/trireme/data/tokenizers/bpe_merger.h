#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// Joins the tokens of one word pair by pair, the lowest rank first, of equal ones the leftmost (Sennrich et al.,
/// arXiv 1508.07909). Scratch of one thread, kept between words; the time is n log n of the word's length.
class BpeMerger {
 public:
  /// A token of the word, in a doubly linked list.
  struct Symbol {
    TokenId id = 0;
    int32_t begin = 0;  // of its text in the word
    int32_t end = 0;
    int32_t previous = 0;
    int32_t next = 0;
  };
  /// What two tokens join into.
  struct Joined {
    uint32_t rank = 0;
    TokenId id = 0;
  };

  void start_word() {
    symbols_.clear();
    candidates_.clear();
  }
  /// Tokens of the word from left to right. REQUIRES: `end` > `begin`.
  void add(TokenId id, size_t begin, size_t end) {
    const auto index = static_cast<int32_t>(symbols_.size());
    symbols_.push_back({id, static_cast<int32_t>(begin), static_cast<int32_t>(end), index - 1, index + 1});
  }

  /// `join(left, right)` is an optional<Joined> of two neighbours.
  template <class Join>
  void merge(Join join) {
    if (symbols_.empty()) return;
    symbols_.back().next = kNone;
    for (size_t i = 0; i + 1 < symbols_.size(); ++i) propose(static_cast<int32_t>(i), join);
    while (!candidates_.empty()) {
      std::pop_heap(candidates_.begin(), candidates_.end());
      const Candidate best = candidates_.back();
      candidates_.pop_back();
      Symbol& left = at(best.left);
      // Both tokens end where they did only if neither has joined since; a joined one has no text.
      if (left.end != best.middle || left.next == kNone || at(left.next).end != best.end) continue;
      Symbol& right = at(left.next);
      left.id = best.id;
      left.end = right.end;
      left.next = right.next;
      right.end = right.begin;
      if (left.next != kNone) at(left.next).previous = best.left;
      propose(left.previous, join);
      propose(best.left, join);
    }
  }

  /// Calls `take(symbol)` for each token that is left, in order.
  template <class Take>
  void for_each(Take take) const {
    for (size_t i = 0; i < symbols_.size();) {
      take(symbols_[i]);
      if (symbols_[i].next == kNone) return;
      i = static_cast<size_t>(symbols_[i].next);
    }
  }

 private:
  static constexpr int32_t kNone = -1;

  /// A pair that may join: the symbol `left`, ending at `middle`, and its neighbour, ending at `end`.
  struct Candidate {
    uint32_t rank;
    int32_t left;
    int32_t middle;
    int32_t end;
    TokenId id;
    bool operator<(const Candidate& other) const { return rank != other.rank ? rank > other.rank : left > other.left; }
  };

  Symbol& at(int32_t index) { return symbols_[static_cast<size_t>(index)]; }

  template <class Join>
  void propose(int32_t index, Join& join) {
    if (index == kNone || at(index).next == kNone) return;
    const Symbol& left = at(index);
    const Symbol& right = at(left.next);
    const std::optional<Joined> joined = join(left, right);
    if (!joined) return;
    candidates_.push_back({joined->rank, index, left.end, right.end, joined->id});
    std::push_heap(candidates_.begin(), candidates_.end());
  }

  std::vector<Symbol> symbols_;
  std::vector<Candidate> candidates_;  // a heap
};

}  // namespace trireme::data
