#pragma once

#include <array>
#include <memory>
#include <unordered_map>

#include "trireme/data/bpe_vocabulary.h"
#include "trireme/data/merge_table.h"
#include "trireme/data/regex.h"
#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// Byte-level BPE with the ids of Hugging Face's tokenizers. A byte that has no token is dropped, as there.
class BpeTokenizer final : public Tokenizer {
 public:
  explicit BpeTokenizer(BpeVocabulary vocabulary);

  std::unique_ptr<Encoder> make_encoder() const override;
  std::string decode(std::span<const TokenId> ids) const override;
  int64_t vocab_size() const override { return static_cast<int64_t>(vocabulary_.tokens.size()); }
  std::optional<TokenId> bos() const override { return vocabulary_.bos; }
  std::optional<TokenId> eos() const override { return vocabulary_.eos; }
  std::span<const SpecialToken> special_tokens() const override { return special_; }
  const std::string& identity() const override { return identity_; }
  bool may_cut_before_space() const override { return may_cut_; }

  const BpeVocabulary& vocabulary() const { return vocabulary_; }

 private:
  friend class BpeEncoder;

  /// Added tokens to look for, longest first, as one expression; none when there are none.
  struct AddedSearch {
    std::unique_ptr<Regex> all;  // special ones too
    std::unique_ptr<Regex> not_special;
  };

  BpeVocabulary vocabulary_;
  MergeTable merges_;
  Regex split_;
  AddedSearch added_search_;
  std::unordered_map<std::string_view, TokenId> added_ids_;
  std::unordered_map<std::string_view, TokenId> whole_words_;  // filled with ignore_merges
  std::array<TokenId, 256> byte_ids_{};                        // -1: the byte has no token
  std::vector<SpecialToken> special_;
  std::string identity_;
  bool may_cut_ = false;
};

}  // namespace trireme::data
