#include "trireme/data/tokenizers/bpe_encoder.h"

#include "trireme/data/tokenizers/nfc.h"

namespace trireme::data {

BpeEncoder::BpeEncoder(const BpeTokenizer& tokenizer)
    : tokenizer_(tokenizer), added_(tokenizer.added_), splitter_(tokenizer.split_) {}

void BpeEncoder::encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) {
  added_.cut(text, allow_special, ids, [&](std::string_view stretch) {
    if (tokenizer_.vocabulary_.nfc) stretch = to_nfc(stretch, normalized_);
    splitter_.split(stretch, [&](std::string_view word) { encode_word(word, ids); });
  });
}

void BpeEncoder::encode_word(std::string_view word, std::vector<TokenId>& ids) {
  cache_.append(word, ids, [&] {
    const bool whole_first = tokenizer_.vocabulary_.ignore_merges;
    const auto whole = whole_first ? tokenizer_.by_bytes_.find(word) : std::nullopt;
    if (whole) {
      ids.push_back(*whole);
    } else {
      merge_word(word, ids);
    }
  });
}

void BpeEncoder::merge_word(std::string_view word, std::vector<TokenId>& ids) {
  using Symbol = BpeMerger::Symbol;
  merger_.start_word();
  for (size_t i = 0; i < word.size(); ++i) {
    const TokenId id = tokenizer_.byte_ids_[static_cast<unsigned char>(word[i])];
    if (id >= 0) merger_.add(id, i, i + 1);
  }
  if (tokenizer_.vocabulary_.joins_by_id) {
    merger_.merge([&](const Symbol& left, const Symbol& right) -> std::optional<BpeMerger::Joined> {
      const auto both = tokenizer_.by_bytes_.find(
          word.substr(static_cast<size_t>(left.begin), static_cast<size_t>(right.end - left.begin)));
      if (!both) return std::nullopt;
      return BpeMerger::Joined{static_cast<uint32_t>(*both), *both};
    });
  } else {
    merger_.merge([&](const Symbol& left, const Symbol& right) { return tokenizer_.merges_.find(left.id, right.id); });
  }
  merger_.for_each([&](const Symbol& symbol) { ids.push_back(symbol.id); });
}

}  // namespace trireme::data
