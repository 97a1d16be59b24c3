#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trireme/data/chat_template.h"

namespace trireme::data {

/// A chat to learn from: {"messages": [{"role": "user", "content": "…"}, …]}, or {"prompt": "…", "completion": "…"} for
/// one question and its answer; other keys are left alone. After an optional system message user and assistant take
/// turns, the assistant comes last, and each of its turns says something. `source` names the text in errors. Throws
/// FormatError naming the message.
std::vector<ChatMessage> parse_chat(std::string_view json, const std::string& source);

}  // namespace trireme::data
