#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "trireme/core/utf8.h"
#include "trireme/data/tokenizer.h"
#include "trireme/data/tokenizers/regex.h"

namespace trireme::data {

/// A token found in the text as it stands, before any splitting.
struct AddedToken {
  TokenId id = 0;
  std::string text;
  bool special = true;  // only found when special tokens are allowed; others are always found
};

/// All added tokens of a tokenizer, as one expression to look for; where several begin, the longest is found.
class AddedTokens {
 public:
  explicit AddedTokens(const std::vector<AddedToken>& tokens);

 private:
  friend class AddedTokenCutter;

  std::unordered_map<std::string, TokenId> ids_;
  std::optional<Regex> all_, not_special_;  // none when there is nothing to look for
};

/// Cuts added tokens out of text. One per thread; the AddedTokens must outlive it.
class AddedTokenCutter {
 public:
  explicit AddedTokenCutter(const AddedTokens& tokens);

  /// Appends the id of each added token in `text` and calls `encode(stretch)` for what lies between. Bytes that
  /// are not UTF-8 count as U+FFFD, so every stretch is UTF-8.
  template <class Encode>
  void cut(std::string_view text, bool allow_special, std::vector<TokenId>& ids, Encode encode) {
    std::string clean;
    if (valid_utf8_prefix(text) != text.size()) {
      clean = replace_invalid_utf8(text);
      text = clean;
    }
    auto& search = allow_special ? find_all_ : find_not_special_;
    while (search && !text.empty()) {
      const auto match = search->find(text, 0);
      if (!match) break;
      if (match->begin > 0) encode(text.substr(0, match->begin));
      ids.push_back(tokens_.ids_.at(std::string(text.substr(match->begin, match->end - match->begin))));
      text.remove_prefix(match->end);
    }
    if (!text.empty()) encode(text);
  }

 private:
  const AddedTokens& tokens_;
  std::optional<RegexMatcher> find_all_, find_not_special_;
};

/// Those with `special`.
std::vector<SpecialToken> special_tokens_of(const std::vector<AddedToken>& tokens);
/// True when a token holds a space, so that a cut before a space may break it.
bool any_holds_space(const std::vector<AddedToken>& tokens);

}  // namespace trireme::data
