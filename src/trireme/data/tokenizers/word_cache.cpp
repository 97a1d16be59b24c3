#include "trireme/data/tokenizers/word_cache.h"

#include <xxhash.h>
#include <algorithm>

namespace trireme::data {

namespace {

constexpr size_t kFirstEntries = 256;
/// 24 bytes each: the table stays in the second-level cache or close to it.
constexpr size_t kMaxEntries = 1 << 17;

}  // namespace

WordCache::WordCache() : entries_(kFirstEntries) {}

uint64_t WordCache::hash_of(std::string_view word) { return XXH3_64bits(word.data(), word.size()); }

size_t WordCache::slot_of(std::string_view word, uint64_t hash) const {
  const size_t mask = entries_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const Entry& entry = entries_[at];
    if (entry.text_bytes == 0) return at;
    if (entry.hash == hash && std::string_view(texts_).substr(entry.text, entry.text_bytes) == word) return at;
  }
}

std::optional<std::span<const TokenId>> WordCache::find(std::string_view word, uint64_t hash) const {
  const Entry& entry = entries_[slot_of(word, hash)];
  if (entry.text_bytes == 0) return std::nullopt;
  return std::span(ids_).subspan(entry.ids, entry.num_ids);
}

void WordCache::insert(std::string_view word, uint64_t hash, std::span<const TokenId> ids) {
  if (word.empty()) return;
  if (2 * used_ >= entries_.size()) entries_.size() < kMaxEntries ? grow() : clear();
  entries_[slot_of(word, hash)] = {hash, static_cast<uint32_t>(texts_.size()), static_cast<uint32_t>(ids_.size()),
                                   static_cast<uint16_t>(word.size()), static_cast<uint16_t>(ids.size())};
  texts_ += word;
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  ++used_;
}

void WordCache::grow() {
  std::vector<Entry> old(2 * entries_.size());
  old.swap(entries_);
  const size_t mask = entries_.size() - 1;
  for (const Entry& entry : old) {
    if (entry.text_bytes == 0) continue;
    size_t at = entry.hash & mask;
    while (entries_[at].text_bytes != 0) at = (at + 1) & mask;
    entries_[at] = entry;
  }
}

void WordCache::clear() {
  std::fill(entries_.begin(), entries_.end(), Entry{});
  texts_.clear();
  ids_.clear();
  used_ = 0;
}

}  // namespace trireme::data
