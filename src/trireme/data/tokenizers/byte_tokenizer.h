#pragma once

#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// Every byte is its own token; id 256 ends a document. Text that is not UTF-8 keeps its bytes.
class ByteTokenizer final : public Tokenizer {
 public:
  static constexpr TokenId kEndOfDocument = 256;

  ByteTokenizer();
  std::unique_ptr<Encoder> make_encoder() const override;

 private:
  std::string decode_known(std::span<const TokenId> ids) const override;
};

}  // namespace trireme::data
