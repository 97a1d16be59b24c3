#include "trireme/data/bpe_encoder.h"

#include <algorithm>

#include "trireme/core/utf8.h"

namespace trireme::data {

BpeEncoder::BpeEncoder(const BpeTokenizer& tokenizer) : tokenizer_(tokenizer), splitter_(tokenizer.split_) {
  if (tokenizer.added_search_.all) find_all_.emplace(*tokenizer.added_search_.all);
  if (tokenizer.added_search_.not_special) find_not_special_.emplace(*tokenizer.added_search_.not_special);
}

void BpeEncoder::encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) {
  std::string clean;
  if (valid_utf8_prefix(text) != text.size()) {
    clean = replace_invalid_utf8(text);
    text = clean;
  }
  auto& search = allow_special ? find_all_ : find_not_special_;
  size_t at = 0;
  while (search && at < text.size()) {
    const auto match = search->find(text, at);
    if (!match) break;
    encode_plain(text.substr(at, match->begin - at), ids);
    ids.push_back(tokenizer_.added_ids_.at(text.substr(match->begin, match->end - match->begin)));
    at = match->end;
  }
  encode_plain(text.substr(at), ids);
}

void BpeEncoder::encode_plain(std::string_view text, std::vector<TokenId>& ids) {
  splitter_.split(text, [&](std::string_view word) { encode_word(word, ids); });
}

void BpeEncoder::encode_word(std::string_view word, std::vector<TokenId>& ids) {
  const uint64_t hash = WordCache::hash_of(word);
  if (const auto known = cache_.find(word, hash)) {
    ids.insert(ids.end(), known->begin(), known->end());
    return;
  }
  const size_t first = ids.size();
  const auto whole = tokenizer_.whole_words_.find(word);
  if (whole != tokenizer_.whole_words_.end()) {
    ids.push_back(whole->second);
  } else {
    merge_word(word, ids);
  }
  cache_.insert(word, hash, std::span(ids).subspan(first));
}

void BpeEncoder::propose(int32_t left) {
  if (left < 0) return;
  const Symbol& symbol = symbols_[static_cast<size_t>(left)];
  if (symbol.next < 0) return;
  const TokenId right_id = symbols_[static_cast<size_t>(symbol.next)].id;
  const auto* merge = tokenizer_.merges_.find(symbol.id, right_id);
  if (!merge) return;
  candidates_.push_back({merge->rank, left, symbol.id, right_id, merge->result});
  std::push_heap(candidates_.begin(), candidates_.end());
}

void BpeEncoder::merge_word(std::string_view word, std::vector<TokenId>& ids) {
  symbols_.clear();
  candidates_.clear();
  for (const char c : word) {
    const TokenId id = tokenizer_.byte_ids_[static_cast<unsigned char>(c)];
    if (id < 0) continue;
    const auto index = static_cast<int32_t>(symbols_.size());
    symbols_.push_back({id, index - 1, index + 1});
  }
  if (symbols_.empty()) return;
  symbols_.back().next = -1;
  for (size_t i = 0; i < symbols_.size(); ++i) propose(static_cast<int32_t>(i));

  while (!candidates_.empty()) {
    std::pop_heap(candidates_.begin(), candidates_.end());
    const Candidate best = candidates_.back();
    candidates_.pop_back();
    Symbol& left = symbols_[static_cast<size_t>(best.left)];
    // A symbol that was joined to its left neighbour keeps id -1, so it equals no candidate's.
    if (left.id != best.left_id || left.next < 0) continue;
    Symbol& right = symbols_[static_cast<size_t>(left.next)];
    if (right.id != best.right_id) continue;
    left.id = best.result;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) symbols_[static_cast<size_t>(left.next)].previous = best.left;
    propose(left.previous);
    propose(best.left);
  }
  for (int32_t i = 0; i >= 0; i = symbols_[static_cast<size_t>(i)].next) {
    ids.push_back(symbols_[static_cast<size_t>(i)].id);
  }
}

}  // namespace trireme::data
