#include "trireme/data/chat_data.h"

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/data/text_pipeline.h"
#include "trireme/formats/json_file.h"

namespace trireme::data {

namespace {

using formats::JsonObject;

constexpr const char* kRoles = "system, user, assistant";

std::vector<ChatMessage> read_messages(const JsonObject& object) {
  const formats::JsonView list = object.at("messages");
  if (!list.is_array() || list.size() == 0) object.fail("messages", "is no list of messages");
  std::vector<ChatMessage> messages;
  for (const formats::JsonView& item : list.elements()) {
    const std::string key = format("messages[{}]", messages.size());
    if (!item.is_object()) object.fail(key, "is no object with \"role\" and \"content\"");
    const JsonObject message(item, object.source(), key);
    messages.push_back({message.text("role"), message.text("content")});
  }
  return messages;
}

/// What is wrong with message `i`; empty: nothing.
std::string problem_of(const std::vector<ChatMessage>& messages, size_t i) {
  const std::string& role = messages[i].role;
  if (role == "system") return i == 0 ? "" : "a system message comes first or not at all";
  if (role != "user" && role != "assistant") return format("role \"{}\" is none of {}", role, kRoles);
  const bool after_question = i > 0 && messages[i - 1].role == "user";
  if (after_question != (role == "assistant")) {
    return format("role \"{}\", but user and assistant take turns, the user first", role);
  }
  if (role == "assistant" && is_blank(messages[i].content)) return "the assistant says nothing";
  return {};
}

void check_turns(const std::vector<ChatMessage>& messages, const JsonObject& object) {
  for (size_t i = 0; i < messages.size(); ++i) {
    const std::string problem = problem_of(messages, i);
    if (!problem.empty()) object.fail(format("messages[{}]", i), problem);
  }
  if (messages.back().role != "assistant") object.fail("messages", "the last one is not the assistant's");
}

}  // namespace

std::vector<ChatMessage> parse_chat(std::string_view json, const std::string& source) {
  const formats::JsonView value(json, source);
  if (!value.is_object()) throw FormatError(format("{}: not a JSON object", source));
  const JsonObject object(value, source);
  const bool is_pair = object.has("prompt") || object.has("completion");
  if (object.has("messages") == is_pair) {
    throw FormatError(format("{}: a chat has either \"messages\" or \"prompt\" and \"completion\"", source));
  }
  if (!is_pair) {
    std::vector<ChatMessage> messages = read_messages(object);
    check_turns(messages, object);
    return messages;
  }
  std::vector<ChatMessage> pair = {{"user", object.text("prompt")}, {"assistant", object.text("completion")}};
  if (is_blank(pair[1].content)) object.fail("completion", "says nothing");
  return pair;
}

}  // namespace trireme::data
