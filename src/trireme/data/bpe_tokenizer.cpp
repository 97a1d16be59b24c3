#include "trireme/data/bpe_tokenizer.h"

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/data/bpe_encoder.h"

namespace trireme::data {

namespace {

std::string identity_of(const BpeVocabulary& vocabulary) {
  ContentHasher hasher;
  // Lengths go in too, so that no two vocabularies spell the same bytes.
  const auto put_number = [&](int64_t number) { hasher.update(std::as_bytes(std::span(&number, 1))); };
  const auto put_text = [&](std::string_view text) {
    put_number(static_cast<int64_t>(text.size()));
    hasher.update(text);
  };
  put_text("byte-level bpe 1");
  put_text(vocabulary.pre_tokenizer.pattern);
  put_number(vocabulary.ignore_merges);
  put_number(static_cast<int64_t>(vocabulary.tokens.size()));
  for (const std::string& token : vocabulary.tokens) put_text(token);
  put_number(static_cast<int64_t>(vocabulary.merges.size()));
  hasher.update(std::as_bytes(std::span(vocabulary.merges)));
  for (const AddedToken& token : vocabulary.added) {
    put_number(token.id);
    put_number(token.special);
  }
  return hasher.hex();
}

std::unique_ptr<Regex> added_search(const std::vector<AddedToken>& added, bool with_special) {
  std::vector<std::string_view> texts;
  for (const AddedToken& token : added) {
    if (with_special || !token.special) texts.push_back(token.text);
  }
  if (texts.empty()) return nullptr;
  std::stable_sort(texts.begin(), texts.end(), [](auto a, auto b) { return a.size() > b.size(); });
  std::string pattern;
  for (const std::string_view text : texts) pattern += (pattern.empty() ? "" : "|") + escape_for_regex(text);
  return std::make_unique<Regex>(pattern);
}

}  // namespace

BpeTokenizer::BpeTokenizer(BpeVocabulary vocabulary)
    : vocabulary_(std::move(vocabulary)),
      merges_(vocabulary_.merges),
      split_(compile_split_pattern(vocabulary_.pre_tokenizer)),
      added_search_{added_search(vocabulary_.added, true), added_search(vocabulary_.added, false)},
      identity_(identity_of(vocabulary_)),
      may_cut_(vocabulary_.pre_tokenizer.may_cut_before_space) {
  std::vector<bool> is_added(vocabulary_.tokens.size(), false);
  for (const AddedToken& token : vocabulary_.added) {
    is_added[static_cast<size_t>(token.id)] = true;
    added_ids_.emplace(token.text, token.id);
    if (token.special) special_.push_back({token.id, token.text});
    if (token.text.find(' ') != std::string::npos) may_cut_ = false;
  }
  byte_ids_.fill(-1);
  for (size_t id = 0; id < vocabulary_.tokens.size(); ++id) {
    const std::string& token = vocabulary_.tokens[id];
    if (is_added[id] || token.empty()) continue;
    if (token.size() == 1) byte_ids_[static_cast<unsigned char>(token[0])] = static_cast<TokenId>(id);
    if (vocabulary_.ignore_merges) whole_words_.emplace(token, static_cast<TokenId>(id));
  }
}

std::unique_ptr<Encoder> BpeTokenizer::make_encoder() const { return std::make_unique<BpeEncoder>(*this); }

std::string BpeTokenizer::decode(std::span<const TokenId> ids) const {
  std::string text;
  for (const TokenId id : ids) {
    if (id < 0 || id >= vocab_size()) {
      throw ConfigError(format("token id {} is outside the tokenizer's vocabulary of {}", id, vocab_size()));
    }
    text += vocabulary_.tokens[static_cast<size_t>(id)];
  }
  return text;
}

}  // namespace trireme::data
