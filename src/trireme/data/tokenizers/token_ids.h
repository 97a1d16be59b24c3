#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// Finds the id of a text among tokens: a flat open-addressed table, 8 bytes a token. The tokens must outlive it.
class TokenIds {
 public:
  TokenIds() = default;
  /// Without any; there is room for each of `tokens`. Their first `skip` bytes don't count.
  explicit TokenIds(std::span<const std::string> tokens, size_t skip = 0)
      : tokens_(tokens), skip_(skip), slots_(2 * tokens.size() + 1, kNone) {}

  /// False when there is one of the same text. REQUIRES: a token of `skip` bytes or more.
  bool insert(TokenId id) {
    TokenId& slot = slots_[slot_of(text_of(id))];
    if (slot != kNone) return false;
    slot = id;
    return true;
  }
  std::optional<TokenId> find(std::string_view text) const {
    const TokenId id = slots_[slot_of(text)];
    return id == kNone ? std::nullopt : std::optional(id);
  }

 private:
  static constexpr TokenId kNone = -1;

  std::string_view text_of(TokenId id) const {
    return std::string_view(tokens_[static_cast<size_t>(id)]).substr(skip_);
  }
  /// Where the text's id is, or belongs.
  size_t slot_of(std::string_view text) const {
    size_t at = (std::hash<std::string_view>{}(text) >> 32) * slots_.size() >> 32;
    while (slots_[at] != kNone && text_of(slots_[at]) != text) at = at + 1 == slots_.size() ? 0 : at + 1;
    return at;
  }

  std::span<const std::string> tokens_;
  size_t skip_ = 0;
  std::vector<TokenId> slots_ = {kNone};
};

}  // namespace trireme::data
