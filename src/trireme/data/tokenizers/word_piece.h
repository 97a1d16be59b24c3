#pragma once

#include <memory>

#include "trireme/data/tokenizers/added_tokens.h"
#include "trireme/data/tokenizers/bert_text.h"
#include "trireme/data/tokenizers/token_ids.h"
#include "trireme/data/tokenizers/word_cache.h"

namespace trireme::data {

struct WordPieceVocabulary {
  std::vector<std::string> tokens;  // by id; "" is an id that is not used
  std::vector<AddedToken> added;
  BertNormalizer normalizer;
  std::string unknown = "[UNK]";      // for a word that the tokens don't spell
  std::string continuing = "##";      // before a token that does not begin a word
  int64_t max_word_characters = 100;  // a longer word is unknown
  std::optional<TokenId> bos, eos;
};

/// WordPiece as BERT has it, with the ids of Hugging Face's tokenizers: from left to right, each word becomes the
/// longest tokens that spell it. Decoding gives words with a space between, none before . , ? ! or what an
/// apostrophe begins: what the text had there is lost.
class WordPieceTokenizer final : public Tokenizer {
 public:
  /// Throws ConfigError when the unknown token is not in the vocabulary. REQUIRES: ids of added tokens are in it.
  explicit WordPieceTokenizer(WordPieceVocabulary vocabulary);

  std::unique_ptr<Encoder> make_encoder() const override;

 private:
  friend class WordPieceEncoder;

  std::string decode_known(std::span<const TokenId> ids) const override;

  WordPieceVocabulary vocabulary_;
  AddedTokens added_;
  TokenIds first_;       // tokens that begin a word
  TokenIds continuing_;  // tokens that go on with it, without the prefix
  size_t longest_ = 0;   // bytes of any
  TokenId unknown_ = 0;
};

/// Encodes for a WordPieceTokenizer, which must outlive it.
class WordPieceEncoder final : public Encoder {
 public:
  explicit WordPieceEncoder(const WordPieceTokenizer& tokenizer);
  void encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) override;

 private:
  void encode_word(std::string_view word, std::vector<TokenId>& ids) const;

  const WordPieceTokenizer& tokenizer_;
  AddedTokenCutter added_;
  WordCache cache_;
};

}  // namespace trireme::data
