#pragma once

#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// Every byte is its own token; id 256 ends a document. Text that is not UTF-8 keeps its bytes.
class ByteTokenizer final : public Tokenizer {
 public:
  static constexpr TokenId kEndOfDocument = 256;

  ByteTokenizer();
  std::unique_ptr<Encoder> make_encoder() const override;
  std::string decode(std::span<const TokenId> ids) const override;
  int64_t vocab_size() const override { return 257; }
  std::optional<TokenId> bos() const override { return std::nullopt; }
  std::optional<TokenId> eos() const override { return kEndOfDocument; }
  std::span<const SpecialToken> special_tokens() const override { return special_; }
  const std::string& identity() const override { return identity_; }
  bool may_cut_before_space() const override { return true; }

 private:
  std::vector<SpecialToken> special_;
  std::string identity_;
};

}  // namespace trireme::data
