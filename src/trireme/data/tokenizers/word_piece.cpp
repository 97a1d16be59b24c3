#include "trireme/data/tokenizers/word_piece.h"

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/data/tokenizers/identity_hasher.h"

namespace trireme::data {

namespace {

std::string identity_of(const WordPieceVocabulary& vocabulary) {
  IdentityHasher hasher;
  hasher.put("wordpiece 1");
  const BertNormalizer& normalizer = vocabulary.normalizer;
  for (const bool flag :
       {normalizer.clean_text, normalizer.handle_chinese_chars, normalizer.strip_accents, normalizer.lowercase}) {
    hasher.put(flag);
  }
  hasher.put(vocabulary.unknown);
  hasher.put(vocabulary.continuing);
  hasher.put(vocabulary.max_word_characters);
  hasher.put(static_cast<int64_t>(vocabulary.tokens.size()));
  for (const std::string& token : vocabulary.tokens) hasher.put(token);
  for (const AddedToken& token : vocabulary.added) {
    hasher.put(token.id);
    hasher.put(token.special);
  }
  return hasher.hex();
}

TokenizerFacts facts_of(const WordPieceVocabulary& vocabulary) {
  return {.vocab_size = static_cast<int64_t>(vocabulary.tokens.size()),
          .bos = vocabulary.bos,
          .eos = vocabulary.eos,
          .special_tokens = special_tokens_of(vocabulary.added),
          .identity = identity_of(vocabulary),
          .may_cut_before_space = !any_holds_space(vocabulary.added)};
}

/// The decoder of Hugging Face's tokenizers puts no space before these.
bool joins_the_word_before(std::string_view token) {
  for (const char* start : {".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"}) {
    if (token.starts_with(start)) return true;
  }
  return false;
}

int64_t count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

/// White space of ASCII, which parts words whatever the normalizer does.
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

WordPieceTokenizer::WordPieceTokenizer(WordPieceVocabulary vocabulary)
    : Tokenizer(facts_of(vocabulary)),
      vocabulary_(std::move(vocabulary)),
      added_(vocabulary_.added),
      first_(vocabulary_.tokens),
      continuing_(vocabulary_.tokens, vocabulary_.continuing.size()) {
  for (size_t id = 0; id < vocabulary_.tokens.size(); ++id) {
    const std::string_view token = vocabulary_.tokens[id];
    if (token.empty()) continue;
    longest_ = std::max(longest_, token.size());
    first_.insert(static_cast<TokenId>(id));
    if (token.starts_with(vocabulary_.continuing)) continuing_.insert(static_cast<TokenId>(id));
  }
  const auto unknown = first_.find(vocabulary_.unknown);
  if (!unknown) {
    throw ConfigError(format("the unknown token \"{}\" is not in the vocabulary", vocabulary_.unknown));
  }
  unknown_ = *unknown;
}

std::unique_ptr<Encoder> WordPieceTokenizer::make_encoder() const { return std::make_unique<WordPieceEncoder>(*this); }

std::string WordPieceTokenizer::decode_known(std::span<const TokenId> ids) const {
  std::string text;
  for (const TokenId id : ids) {
    std::string_view token = vocabulary_.tokens[static_cast<size_t>(id)];
    if (!text.empty() && token.starts_with(vocabulary_.continuing)) {
      token.remove_prefix(vocabulary_.continuing.size());
    } else if (!text.empty() && !joins_the_word_before(token)) {
      text += ' ';
    }
    text += token;
  }
  return text;
}

WordPieceEncoder::WordPieceEncoder(const WordPieceTokenizer& tokenizer)
    : tokenizer_(tokenizer), added_(tokenizer.added_) {}

void WordPieceEncoder::encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) {
  added_.cut(text, allow_special, ids, [&](std::string_view stretch) {
    for (size_t at = 0; at < stretch.size();) {
      if (is_space(stretch[at])) {
        ++at;
        continue;
      }
      const size_t begin = at;
      while (at < stretch.size() && !is_space(stretch[at])) ++at;
      // Between spaces may stand several words. All of them are kept under what stands there.
      const std::string_view raw = stretch.substr(begin, at - begin);
      cache_.append(raw, ids, [&] {
        const std::string normal = tokenizer_.vocabulary_.normalizer.normalize(raw);
        for (const std::string_view word : split_bert_words(normal)) encode_word(word, ids);
      });
    }
  });
}

void WordPieceEncoder::encode_word(std::string_view word, std::vector<TokenId>& ids) const {
  const size_t first = ids.size();
  bool known = count_characters(word) <= tokenizer_.vocabulary_.max_word_characters;
  for (size_t at = 0; known && at < word.size();) {
    const TokenIds& tokens = at == 0 ? tokenizer_.first_ : tokenizer_.continuing_;
    std::optional<TokenId> found;
    size_t size = std::min(word.size() - at, tokenizer_.longest_);
    while (size > 0 && !(found = tokens.find(word.substr(at, size)))) --size;
    known = found.has_value();
    if (known) ids.push_back(*found);
    at += size;
  }
  if (known) return;
  ids.resize(first);
  ids.push_back(tokenizer_.unknown_);
}

}  // namespace trireme::data
