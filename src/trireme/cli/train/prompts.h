#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trireme/data/chat_encoder.h"
#include "trireme/data/tokenizer.h"

namespace trireme::cli {

/// How prompts become ids and a model's ids text again.
class PromptText {
 public:
  /// With the name of a chat template a prompt is a user's message, and its answer the assistant's. The tokenizer must
  /// outlive it. Throws ConfigError for a template that is unknown or not the tokenizer's.
  PromptText(const data::Tokenizer& tokenizer, const std::string& chat_template);

  std::vector<int64_t> ids(const std::string& prompt) const;
  /// The token that ends an answer.
  std::optional<int64_t> end_token() const;
  /// Of a chat without the token that ends it.
  std::string text(std::vector<int64_t> answer) const;

 private:
  const data::Tokenizer& tokenizer_;
  const data::ChatTemplate* template_ = nullptr;  // null: prompts are continued as they are
  std::optional<data::ChatEncoder> chats_;
};

/// "prompt" of each JSON object of a .jsonl file; other keys are left alone, blank lines skipped. Throws IoError, or
/// FormatError naming file and line, also when there is none.
std::vector<std::string> read_prompts(const std::string& path);

}  // namespace trireme::cli
