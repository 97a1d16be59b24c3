#include "trireme/cli/train/prompts.h"

#include <array>

#include "trireme/core/error.h"
#include "trireme/data/documents/text_documents.h"
#include "trireme/data/text_pipeline.h"
#include "trireme/formats/json_file.h"

namespace trireme::cli {

PromptText::PromptText(const data::Tokenizer& tokenizer, const std::string& chat_template) : tokenizer_(tokenizer) {
  if (chat_template.empty()) return;
  template_ = &data::chat_template_by_name(chat_template);
  chats_.emplace(*template_, tokenizer);
}

std::vector<int64_t> PromptText::ids(const std::string& prompt) const {
  std::vector<data::TokenId> ids;
  if (chats_) {
    const std::array question = {data::ChatMessage{"user", prompt}};
    std::vector<uint8_t> counted;
    const data::RenderedChat chat = render_chat(*template_, question, /*add_generation_prompt=*/true);
    chats_->encode(chat, *tokenizer_.make_encoder(), ids, counted);
  } else {
    ids = tokenizer_.encode(prompt, /*allow_special=*/true);
  }
  return {ids.begin(), ids.end()};
}

std::optional<int64_t> PromptText::end_token() const {
  if (template_ != nullptr) return special_token_id(tokenizer_, template_->end_of_turn);
  return tokenizer_.eos();
}

std::string PromptText::text(std::vector<int64_t> answer) const {
  if (chats_ && !answer.empty() && answer.back() == end_token()) answer.pop_back();
  return tokenizer_.decode(std::vector<data::TokenId>(answer.begin(), answer.end()));
}

std::vector<std::string> read_prompts(const std::string& path) {
  data::JsonLines lines(data::open_byte_stream(path));
  std::vector<std::string> prompts;
  for (data::TextPiece piece; lines.next(piece);) {
    if (data::is_blank(piece.text)) continue;
    const std::string place = data::place_of(piece, path);
    prompts.push_back(formats::JsonObject(formats::JsonView(piece.text, place), place).text("prompt"));
  }
  if (prompts.empty()) throw FormatError(format("{}: holds no prompt", path));
  return prompts;
}

}  // namespace trireme::cli
