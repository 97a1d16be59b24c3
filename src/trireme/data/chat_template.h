#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trireme::data {

struct ChatMessage {
  std::string role;  // "system", "user" or "assistant"
  std::string content;
};

/// Bytes [begin, end) of a text.
struct TextRange {
  size_t begin = 0;
  size_t end = 0;
  bool operator==(const TextRange&) const = default;
};

struct RenderedChat {
  std::string text;
  /// What the model itself writes: of each assistant turn the content and the token that ends it, not its header.
  std::vector<TextRange> assistant;
  /// What the messages bring, in order: the rest is the template's own.
  std::vector<TextRange> contents;
};

/// How a model family writes a chat as one text; tools are left out. Special tokens are in the text: ChatEncoder finds
/// those that the template wrote. Source: the chat_template in the tokenizer_config.json of each family.
struct ChatTemplate {
  /// What becomes of an assistant's <think>…</think>.
  enum class Thinking { kKeptAsItIs, kOnlyInTheLastAnswer };

  std::string_view name;
  std::array<std::string_view, 4> special_tokens;  // all that the template writes; empty ones behind
  std::string_view begin;                          // of the text
  std::string_view before_role;
  std::string_view after_role;
  std::string_view end_of_turn;
  std::string_view after_turn;
  std::string_view default_system;  // said where the first message is no system message; empty: nothing is
  bool trims_content = false;       // of white space
  Thinking thinking = Thinking::kKeptAsItIs;
};

/// "llama3", "qwen2.5", "qwen3" or "smollm2". Throws ConfigError that lists them.
const ChatTemplate& chat_template_by_name(std::string_view name);

/// Equals apply_chat_template of Hugging Face's transformers. `add_generation_prompt`: ends with the header of an
/// assistant turn. Throws ConfigError for a chat without messages, and for a role that is none of the three, by the
/// message's place. REQUIRES: valid UTF-8.
RenderedChat render_chat(const ChatTemplate& chat_template, std::span<const ChatMessage> messages,
                         bool add_generation_prompt = false);

}  // namespace trireme::data
