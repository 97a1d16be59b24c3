#pragma once

#include "trireme/data/tokenizers/sentence_piece.h"
#include "trireme/data/tokenizers/word_cache.h"

namespace trireme::data {

/// Encodes for a SentencePieceTokenizer, which must outlive it.
class SentencePieceEncoder final : public Encoder {
 public:
  explicit SentencePieceEncoder(const SentencePieceTokenizer& tokenizer);
  void encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) override;

 private:
  void encode_words(std::string_view text, std::vector<TokenId>& ids);
  void merge_word(std::string_view word, std::vector<TokenId>& ids);

  const SentencePieceTokenizer& tokenizer_;
  AddedTokenCutter control_, user_defined_;
  WordCache cache_;
  BpeMerger merger_;
  std::string escaped_;
};

}  // namespace trireme::data
