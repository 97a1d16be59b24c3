#include "trireme/data/chat_data.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/mutate.h"
#include "support/test_scale.h"
#include "trireme/core/error.h"

namespace trireme::data {
namespace {

const std::string kChat = R"({"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"},
  {"role": "assistant", "content": "a"}, {"role": "user", "content": ""},
  {"role": "assistant", "content": "b", "weight": 1}], "id": 7})";

std::string message(const std::string& role, const std::string& content) {
  return R"({"role": ")" + role + R"(", "content": ")" + content + R"("})";
}

/// What is said of a chat of these messages.
std::string problem_of(const std::string& messages) {
  return test::message_of<FormatError>([&] { parse_chat(R"({"messages": [)" + messages + "]}", "c.jsonl:3"); });
}

TEST(ChatDataTest, ReadsMessagesAndPairs) {
  const std::vector<ChatMessage> chat = parse_chat(kChat, "");
  ASSERT_EQ(chat.size(), 5u);
  EXPECT_EQ(chat[0].role, "system");
  EXPECT_EQ(chat[4].content, "b");
  const std::vector<ChatMessage> pair = parse_chat(R"({"prompt": "q", "completion": "a"})", "");
  ASSERT_EQ(pair.size(), 2u);
  EXPECT_EQ(pair[0].role + pair[0].content + pair[1].role + pair[1].content, "userqassistanta");
}

TEST(ChatDataTest, NamesWhatIsNoChat) {
  const auto expect = [](const std::string& json, const std::string& problem) {
    EXPECT_ERROR(FormatError, "c.jsonl:3: " + problem, parse_chat(json, "c.jsonl:3"));
  };
  expect("{", "not JSON: ");
  expect("[]", "not a JSON object");
  expect(R"({"text": "x"})", R"(a chat has either "messages" or "prompt" and "completion")");
  expect(R"({"messages": [], "prompt": "x"})", R"(a chat has either "messages" or "prompt" and "completion")");
  expect(R"({"messages": []})", "messages: is no list of messages");
  expect(R"({"messages": ["x"]})", R"(messages[0]: is no object with "role" and "content")");
  expect(R"({"messages": [{"role": "user"}]})", "messages[0].content: is missing");
  expect(R"({"messages": [{"content": "x"}]})", "messages[0].role: is missing");
  expect(R"({"messages": [{"role": "user", "content": ["x"]}]})", "messages[0].content: expected a string");
  expect(R"({"prompt": "x"})", "completion: is missing");
  expect(R"({"completion": "x"})", "prompt: is missing");
  expect(R"({"prompt": "x", "completion": " \n"})", "completion: says nothing");
}

TEST(ChatDataTest, NamesWhoSpeaksOutOfTurn) {
  const std::string user = message("user", "q"), assistant = message("assistant", "a");
  EXPECT_EQ(problem_of(message("tool", "x")),
            "c.jsonl:3: messages[0]: role \"tool\" is none of system, user, assistant");
  EXPECT_EQ(problem_of(user + "," + user),
            "c.jsonl:3: messages[1]: role \"user\", but user and assistant take turns, the user first");
  EXPECT_EQ(problem_of(assistant),
            "c.jsonl:3: messages[0]: role \"assistant\", but user and assistant take turns, the user first");
  EXPECT_EQ(problem_of(user + "," + message("system", "x") + "," + assistant),
            "c.jsonl:3: messages[1]: a system message comes first or not at all");
  EXPECT_EQ(problem_of(user + "," + message("assistant", " ")), "c.jsonl:3: messages[1]: the assistant says nothing");
  EXPECT_EQ(problem_of(user + "," + assistant + "," + user),
            "c.jsonl:3: messages: the last one is not the assistant's");
  EXPECT_EQ(problem_of(message("system", "x")), "c.jsonl:3: messages: the last one is not the assistant's");
}

TEST(ChatDataTest, FuzzedChatsEndInAnErrorOrAreRendered) {
  const std::vector<const char*> names = {"llama3", "qwen2.5", "qwen3", "smollm2"};
  const std::string thoughtful = R"({"prompt": "p", "completion": "<think>t</think>c"})";
  std::mt19937 random(37);
  for (int round = 0; round < 2000 * test::test_scale(); ++round) {
    const std::string text = test::mutate(round % 2 == 0 ? kChat : thoughtful, random);
    try {
      const auto chat =
          render_chat(chat_template_by_name(names[static_cast<size_t>(round) % 4]), parse_chat(text, "x"));
      EXPECT_FALSE(chat.assistant.empty()) << text;
    } catch (const FormatError&) {
    }
  }
}

}  // namespace
}  // namespace trireme::data
