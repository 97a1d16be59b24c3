#pragma once

#include <cstdint>
#include <vector>

#include "trireme/data/chat_template.h"
#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// Turns rendered chats into ids. Only the template's own words become special tokens: a message that spells one says
/// just these letters. An answer's ids begin where it begins, as they do when a model writes it; all else has the ids
/// of the whole text.
class ChatEncoder {
 public:
  /// Throws ConfigError naming a special token of the template that the tokenizer lacks.
  ChatEncoder(const ChatTemplate& chat_template, const Tokenizer& tokenizer);

  /// Appends the ids and, for each, whether the model learns to write it (1) or only reads it (0).
  void encode(const RenderedChat& chat, Encoder& encoder, std::vector<TokenId>& ids,
              std::vector<uint8_t>& counted) const;

 private:
  /// The special token that begins there; null: none.
  const SpecialToken* special_at(std::string_view text, size_t at) const;

  std::vector<SpecialToken> special_tokens_;
};

}  // namespace trireme::data
