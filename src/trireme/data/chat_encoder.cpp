#include "trireme/data/chat_encoder.h"

#include <algorithm>

#include "trireme/core/error.h"

namespace trireme::data {

ChatEncoder::ChatEncoder(const ChatTemplate& chat_template, const Tokenizer& tokenizer) {
  for (const std::string_view text : chat_template.special_tokens) {
    if (text.empty()) continue;
    const auto found = std::ranges::find(tokenizer.special_tokens(), text, &SpecialToken::text);
    if (found == tokenizer.special_tokens().end()) {
      throw ConfigError(
          format("chat template \"{}\" writes {}, which is no special token of the tokenizer: name the template and "
                 "the tokenizer of one model",
                 chat_template.name, text));
    }
    special_tokens_.push_back(*found);
  }
}

const SpecialToken* ChatEncoder::special_at(std::string_view text, size_t at) const {
  for (const SpecialToken& token : special_tokens_) {
    if (text.substr(at).starts_with(token.text)) return &token;
  }
  return nullptr;
}

void ChatEncoder::encode(const RenderedChat& chat, Encoder& encoder, std::vector<TokenId>& ids,
                         std::vector<uint8_t>& counted) const {
  const std::string_view text = chat.text;
  auto content = chat.contents.begin();
  auto answer = chat.assistant.begin();
  size_t begin = 0;  // of what has no ids yet
  const auto count_those_from = [&](size_t at) {
    while (answer != chat.assistant.end() && answer->end <= at) ++answer;
    counted.resize(ids.size(), answer != chat.assistant.end() && answer->begin <= at);
  };
  const auto encode_until = [&](size_t end) {
    if (end > begin) encoder.encode(text.substr(begin, end - begin), /*allow_special=*/false, ids);
    count_those_from(begin);
    begin = end;
  };
  for (size_t at = 0; at < text.size();) {
    if (content != chat.contents.end() && content->begin == at) {
      if (answer != chat.assistant.end() && answer->begin == at) encode_until(at);
      at = content++->end;
    } else if (const SpecialToken* special = special_at(text, at)) {
      encode_until(at);
      ids.push_back(special->id);
      count_those_from(at);
      begin = at += special->text.size();
    } else {
      ++at;
    }
  }
  encode_until(text.size());
}

}  // namespace trireme::data
