#include "trireme/data/tokenizers/added_tokens.h"

#include <algorithm>

namespace trireme::data {

namespace {

std::optional<Regex> search_for(const std::vector<AddedToken>& tokens, bool with_special) {
  std::vector<std::string_view> texts;
  for (const AddedToken& token : tokens) {
    if (with_special || !token.special) texts.push_back(token.text);
  }
  if (texts.empty()) return std::nullopt;
  std::stable_sort(texts.begin(), texts.end(), [](auto a, auto b) { return a.size() > b.size(); });
  std::string pattern;
  for (const std::string_view text : texts) pattern += (pattern.empty() ? "" : "|") + escape_for_regex(text);
  return Regex(pattern);
}

}  // namespace

AddedTokens::AddedTokens(const std::vector<AddedToken>& tokens)
    : all_(search_for(tokens, true)), not_special_(search_for(tokens, false)) {
  for (const AddedToken& token : tokens) ids_.emplace(token.text, token.id);
}

AddedTokenCutter::AddedTokenCutter(const AddedTokens& tokens) : tokens_(tokens) {
  if (tokens.all_) find_all_.emplace(*tokens.all_);
  if (tokens.not_special_) find_not_special_.emplace(*tokens.not_special_);
}

std::vector<SpecialToken> special_tokens_of(const std::vector<AddedToken>& tokens) {
  std::vector<SpecialToken> special;
  for (const AddedToken& token : tokens) {
    if (token.special) special.push_back({token.id, token.text});
  }
  return special;
}

bool any_holds_space(const std::vector<AddedToken>& tokens) {
  return std::any_of(tokens.begin(), tokens.end(),
                     [](const AddedToken& token) { return token.text.find(' ') != std::string::npos; });
}

}  // namespace trireme::data
