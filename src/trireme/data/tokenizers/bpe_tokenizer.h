#pragma once

#include <array>
#include <memory>

#include "trireme/data/tokenizer.h"
#include "trireme/data/tokenizers/bpe_vocabulary.h"
#include "trireme/data/tokenizers/merge_table.h"
#include "trireme/data/tokenizers/regex.h"
#include "trireme/data/tokenizers/token_ids.h"

namespace trireme::data {

/// Byte-level BPE with the ids of Hugging Face's tokenizers. A byte that has no token is dropped, as there.
class BpeTokenizer final : public Tokenizer {
 public:
  explicit BpeTokenizer(BpeVocabulary vocabulary);

  std::unique_ptr<Encoder> make_encoder() const override;
  const BpeVocabulary& vocabulary() const { return vocabulary_; }

 private:
  friend class BpeEncoder;

  std::string decode_known(std::span<const TokenId> ids) const override;

  BpeVocabulary vocabulary_;
  MergeTable merges_;
  Regex split_;
  AddedTokens added_;
  TokenIds by_bytes_;                    // filled where the vocabulary needs it
  std::array<TokenId, 256> byte_ids_{};  // -1: the byte has no token
};

}  // namespace trireme::data
