#include "trireme/data/chat_template.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"

namespace trireme::data {
namespace {

std::vector<ChatMessage> messages_of(const nlohmann::json& json) {
  std::vector<ChatMessage> messages;
  for (const auto& message : json) messages.push_back({message["role"], message["content"]});
  return messages;
}

TEST(ChatTemplateTest, RendersAsTransformersDo) {
  const fs::path path = fs::path(TRIREME_SOURCE_DIR) / "tests/data/chat_renderings.json";
  const auto renderings = nlohmann::json::parse(read_file(path));
  ASSERT_EQ(renderings.size(), 72u);
  for (const auto& expected : renderings) {
    const RenderedChat chat = render_chat(chat_template_by_name(expected["template"].get<std::string>()),
                                          messages_of(expected["messages"]), expected["add_generation_prompt"]);
    EXPECT_EQ(chat.text, expected["text"].get<std::string>()) << expected;
    std::vector<TextRange> said;
    for (const auto& range : expected["assistant"]) said.push_back({range[0], range[1]});
    EXPECT_EQ(chat.assistant, said) << expected;
  }
}

TEST(ChatTemplateTest, WhatTheAssistantSaysEndsWithTheTokenThatEndsItsTurn) {
  const std::vector<ChatMessage> messages = {{"user", "Capital of France?"}, {"assistant", " Paris "}};
  const RenderedChat chat = render_chat(chat_template_by_name("llama3"), messages);
  ASSERT_EQ(chat.assistant.size(), 1u);
  EXPECT_EQ(chat.text.substr(chat.assistant[0].begin, chat.assistant[0].end - chat.assistant[0].begin),
            "Paris<|eot_id|>");
}

TEST(ChatTemplateTest, NamesWhatIsWrong) {
  EXPECT_ERROR(ConfigError, "chat template \"vicuna\" is not known; known are llama3, qwen2.5, qwen3, smollm2",
               chat_template_by_name("vicuna"));
  const ChatTemplate& llama3 = chat_template_by_name("llama3");
  EXPECT_ERROR(ConfigError, "a chat needs at least one message", render_chat(llama3, {}));
  const std::vector<ChatMessage> messages = {{"user", "a"}, {"tool", "b"}};
  EXPECT_ERROR(ConfigError, "message 2 of the chat: role \"tool\" is none of system, user, assistant",
               render_chat(llama3, messages));
}

}  // namespace
}  // namespace trireme::data
