#include "trireme/data/choice_questions.h"

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/data/documents/text_documents.h"
#include "trireme/formats/json_file.h"

namespace trireme::data {

using formats::JsonObject;

namespace {

constexpr const char* kWhiteSpace = " \t\r\n";

ChoiceQuestion parse(const std::string& line, const std::string& source) {
  const JsonObject object(formats::JsonView(line, source), source);
  if (object.has("context") == object.has("question")) {
    object.fail("context", "a question has either \"context\" or \"question\"");
  }
  ChoiceQuestion question;
  question.context = object.text(object.has("context") ? "context" : "question");
  const formats::JsonView choices = object.at("choices");
  if (!choices.is_array() || choices.size() < 2) object.fail("choices", "is no list of two texts or more");
  for (const formats::JsonView& choice : choices.elements()) {
    if (!choice.is_string() || choice.says("")) object.fail("choices", format("{} is no text", choice.shown()));
    question.choices.push_back(choice.string());
  }
  const int64_t answer = object.integer("answer");
  if (answer < 0 || answer >= static_cast<int64_t>(choices.size())) {
    object.fail("answer", format("is {}, but an index of {} choices counts from 0", answer, choices.size()));
  }
  question.answer = static_cast<size_t>(answer);
  return question;
}

bool is_white_space(char c) { return std::string_view(kWhiteSpace).find(c) != std::string_view::npos; }

}  // namespace

std::vector<ChoiceQuestion> read_choice_questions(const std::string& path) {
  JsonLines lines(open_byte_stream(path));
  std::vector<ChoiceQuestion> questions;
  for (TextPiece piece; lines.next(piece);) {
    if (piece.text.find_first_not_of(kWhiteSpace) == std::string::npos) continue;
    questions.push_back(parse(piece.text, format("{}:{}", path, piece.number)));
  }
  if (questions.empty()) throw FormatError(format("{}: holds no question", path));
  return questions;
}

Continuation encode_choice(const Tokenizer& tokenizer, const std::string& context, const std::string& choice,
                           std::optional<TokenId> begin) {
  // npos + 1 is 0.
  const std::string before = context.substr(0, context.find_last_not_of(kWhiteSpace) + 1);
  std::string between = context.substr(before.size());
  if (!before.empty() && between.empty() && !is_white_space(choice.front())) between.push_back(' ');
  const std::vector<TokenId> alone = tokenizer.encode(before);
  std::vector<TokenId> ids = tokenizer.encode(before + between + choice);
  const auto left = std::ranges::mismatch(alone, ids).in1;
  Continuation result{std::move(ids), static_cast<size_t>(left - alone.begin())};
  if (result.first == 0 && !begin) {
    throw ConfigError(
        "a choice without context needs a token to begin with, and the tokenizer names no bos or end-of-text token: "
        "give "
        "each question a context");
  }
  if (begin) {
    result.ids.insert(result.ids.begin(), *begin);
    ++result.first;
  }
  return result;
}

}  // namespace trireme::data
