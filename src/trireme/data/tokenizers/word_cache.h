#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// Ids of words seen before. Natural text repeats few words often, so nearly all look-ups hit. Starts small,
/// grows to a limit, then starts over.
class WordCache {
 public:
  /// Longer words are rare and not kept.
  static constexpr size_t kMaxWordBytes = 64;

  WordCache();

  /// Appends the ids of `word`: those seen before, else those that `encode()` appends to `ids`.
  template <class Encode>
  void append(std::string_view word, std::vector<TokenId>& ids, Encode encode) {
    if (word.size() > kMaxWordBytes) {
      encode();
      return;
    }
    const uint64_t hash = hash_of(word);
    if (const auto known = find(word, hash)) {
      ids.insert(ids.end(), known->begin(), known->end());
      return;
    }
    const size_t first = ids.size();
    encode();
    insert(word, hash, std::span(ids).subspan(first));
  }

 private:
  std::optional<std::span<const TokenId>> find(std::string_view word, uint64_t hash) const;
  /// REQUIRES: the word is not there and has at most kMaxWordBytes.
  void insert(std::string_view word, uint64_t hash, std::span<const TokenId> ids);
  static uint64_t hash_of(std::string_view word);

  struct Entry {
    uint64_t hash = 0;
    uint32_t text = 0;        // offset into texts_
    uint32_t ids = 0;         // offset into ids_
    uint16_t text_bytes = 0;  // 0: free
    uint16_t num_ids = 0;
  };

  size_t slot_of(std::string_view word, uint64_t hash) const;
  void grow();
  void clear();

  std::vector<Entry> entries_;
  size_t used_ = 0;
  std::string texts_;
  std::vector<TokenId> ids_;
};

}  // namespace trireme::data
