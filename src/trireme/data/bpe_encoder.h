#pragma once

#include <optional>
#include <vector>

#include "trireme/data/bpe_tokenizer.h"
#include "trireme/data/pre_tokenizer.h"
#include "trireme/data/word_cache.h"

namespace trireme::data {

/// Encodes for a BpeTokenizer, which must outlive it.
class BpeEncoder final : public Encoder {
 public:
  explicit BpeEncoder(const BpeTokenizer& tokenizer);
  void encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) override;

 private:
  /// A token of the word, in a doubly linked list over the word's bytes.
  struct Symbol {
    TokenId id;
    int32_t previous;
    int32_t next;
  };
  /// A pair that may join. It is stale when its symbols have changed since.
  struct Candidate {
    uint32_t rank;
    int32_t left;  // index of the left symbol
    TokenId left_id;
    TokenId right_id;
    TokenId result;
    /// Lowest rank first, then the leftmost.
    bool operator<(const Candidate& other) const { return rank != other.rank ? rank > other.rank : left > other.left; }
  };

  void encode_plain(std::string_view text, std::vector<TokenId>& ids);
  void encode_word(std::string_view word, std::vector<TokenId>& ids);
  void merge_word(std::string_view word, std::vector<TokenId>& ids);
  void propose(int32_t left);

  const BpeTokenizer& tokenizer_;
  WordSplitter splitter_;
  std::optional<RegexMatcher> find_all_, find_not_special_;
  WordCache cache_;
  std::vector<Symbol> symbols_;
  std::vector<Candidate> candidates_;  // a heap
};

}  // namespace trireme::data
