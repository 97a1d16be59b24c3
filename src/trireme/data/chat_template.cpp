#include "trireme/data/chat_template.h"

#include <algorithm>
#include <array>

#include "trireme/core/error.h"
#include "trireme/data/tokenizers/unicode.h"

namespace trireme::data {

namespace {

constexpr std::string_view kThink = "<think>";
constexpr std::string_view kEndOfThink = "</think>";

constexpr ChatTemplate kChatMl = {.name = "",
                                  .special_tokens = {"<|im_start|>", "<|im_end|>"},
                                  .begin = "",
                                  .before_role = "<|im_start|>",
                                  .after_role = "\n",
                                  .end_of_turn = "<|im_end|>",
                                  .after_turn = "\n",
                                  .default_system = ""};

constexpr ChatTemplate chat_ml(std::string_view name, std::string_view default_system) {
  ChatTemplate made = kChatMl;
  made.name = name;
  made.default_system = default_system;
  return made;
}

constexpr ChatTemplate qwen3() {
  ChatTemplate made = chat_ml("qwen3", "");
  made.thinking = ChatTemplate::Thinking::kOnlyInTheLastAnswer;
  return made;
}

constexpr std::array<ChatTemplate, 4> kKnown = {{
    {.name = "llama3",
     .special_tokens = {"<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
     .begin = "<|begin_of_text|>",
     .before_role = "<|start_header_id|>",
     .after_role = "<|end_header_id|>\n\n",
     .end_of_turn = "<|eot_id|>",
     .after_turn = "",
     .default_system = "",
     .trims_content = true},
    chat_ml("qwen2.5", "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
    qwen3(),
    chat_ml("smollm2", "You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
}};

/// Without white space at the ends, as Python's str.strip.
std::string_view trimmed(std::string_view text) {
  size_t begin = text.size();
  size_t end = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t here = at;
    const char32_t c = next_character(text, at);
    if (is_white_space(c) || (c >= 0x1C && c <= 0x1F)) continue;
    begin = std::min(begin, here);
    end = at;
  }
  return text.substr(std::min(begin, end), end - std::min(begin, end));
}

std::string_view without_line_breaks(std::string_view text, bool left, bool right) {
  while (left && text.starts_with('\n')) text.remove_prefix(1);
  while (right && text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

struct Answer {
  std::string_view thoughts;
  std::string_view content;
};

/// A chat of Qwen3's holds an assistant's thoughts in its content, in front.
Answer split_thoughts(std::string_view content) {
  const size_t first = content.find(kEndOfThink);
  if (first == std::string_view::npos) return {"", content};
  std::string_view thoughts = content.substr(0, first);
  thoughts = without_line_breaks(thoughts, false, true);
  const size_t begin = thoughts.rfind(kThink);
  if (begin != std::string_view::npos) thoughts.remove_prefix(begin + kThink.size());
  const std::string_view rest = content.substr(content.rfind(kEndOfThink) + kEndOfThink.size());
  return {without_line_breaks(thoughts, true, true), without_line_breaks(rest, true, false)};
}

/// Place of the last question: what comes after it answers it. Answers of a tool are none.
size_t last_question(std::span<const ChatMessage> messages) {
  for (size_t i = messages.size(); i-- > 0;) {
    const std::string& content = messages[i].content;
    const bool of_tool = content.starts_with("<tool_response>") && content.ends_with("</tool_response>");
    if (messages[i].role == "user" && !of_tool) return i;
  }
  return messages.size() - 1;
}

/// What Qwen3's template makes of the content of assistant message `i`.
std::string with_last_thoughts(std::span<const ChatMessage> messages, size_t i) {
  const Answer answer = split_thoughts(messages[i].content);
  const bool last = i + 1 == messages.size();
  if (i <= last_question(messages) || (!last && answer.thoughts.empty())) return std::string(answer.content);
  return format("{}\n{}\n{}\n\n{}", kThink, answer.thoughts, kEndOfThink,
                without_line_breaks(answer.content, true, false));
}

void check_role(const ChatMessage& message, size_t place) {
  for (const char* known : {"system", "user", "assistant"}) {
    if (message.role == known) return;
  }
  throw ConfigError(
      format("message {} of the chat: role \"{}\" is none of system, user, assistant", place, message.role));
}

}  // namespace

const ChatTemplate& chat_template_by_name(std::string_view name) {
  std::string names;
  for (const ChatTemplate& known : kKnown) {
    if (known.name == name) return known;
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  throw ConfigError(format("chat template \"{}\" is not known; known are {}", name, names));
}

RenderedChat render_chat(const ChatTemplate& chat_template, std::span<const ChatMessage> messages,
                         bool add_generation_prompt) {
  if (messages.empty()) throw ConfigError("a chat needs at least one message");
  RenderedChat chat;
  std::string& text = chat.text;
  const auto open_turn = [&](std::string_view role) {
    text.append(chat_template.before_role).append(role).append(chat_template.after_role);
  };
  const auto close_turn = [&] {
    text += chat_template.end_of_turn;
    const size_t end = text.size();
    text += chat_template.after_turn;
    return end;
  };
  text = chat_template.begin;
  if (messages.front().role != "system" && !chat_template.default_system.empty()) {
    open_turn("system");
    text += chat_template.default_system;
    close_turn();
  }
  for (size_t i = 0; i < messages.size(); ++i) {
    const ChatMessage& message = messages[i];
    check_role(message, i + 1);
    open_turn(message.role);
    const size_t begin = text.size();
    const bool answers = message.role == "assistant";
    if (answers && chat_template.thinking == ChatTemplate::Thinking::kOnlyInTheLastAnswer) {
      text += with_last_thoughts(messages, i);
    } else {
      text += chat_template.trims_content ? trimmed(message.content) : std::string_view(message.content);
    }
    chat.contents.push_back({begin, text.size()});
    const size_t end = close_turn();
    if (answers) chat.assistant.push_back({begin, end});
  }
  if (add_generation_prompt) open_turn("assistant");
  return chat;
}

}  // namespace trireme::data
