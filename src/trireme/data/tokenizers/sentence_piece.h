#pragma once

#include <array>
#include <bitset>
#include <memory>
#include <unordered_map>

#include "trireme/data/tokenizers/added_tokens.h"
#include "trireme/data/tokenizers/bpe_merger.h"
#include "trireme/formats/sentence_piece_model.h"

namespace trireme::data {

using formats::SentencePiece;
using formats::SentencePieceModel;

/// SentencePiece BPE with the ids of the `sentencepiece` library: characters join into pieces, the highest score first,
/// and a character without a piece becomes its bytes. A text between two special tokens is encoded as one of its
/// own, as mistral-common does.
class SentencePieceTokenizer final : public Tokenizer {
 public:
  /// Throws FormatError when a piece is there twice or a byte has none. Messages begin with `where`.
  explicit SentencePieceTokenizer(SentencePieceModel model, const std::string& where);

  std::unique_ptr<Encoder> make_encoder() const override;

 private:
  friend class SentencePieceEncoder;

  std::string decode_known(std::span<const TokenId> ids) const override;

  SentencePieceModel model_;
  AddedTokens control_;       // found in the text, where allowed
  AddedTokens user_defined_;  // always found, after spaces became U+2581
  /// Normal pieces: what spells one joins into it.
  std::unordered_map<std::string_view, BpeMerger::Joined> pieces_;
  std::array<TokenId, 256> byte_ids_{};
  /// Pairs of bytes on both sides of a boundary inside some piece: a word ends at any other, for nothing joins there.
  std::bitset<65536> joins_;
};

}  // namespace trireme::data
