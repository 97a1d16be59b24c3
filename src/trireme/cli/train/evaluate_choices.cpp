#include <algorithm>

#include "trireme/cli/train/evaluation.h"
#include "trireme/data/choice_questions.h"

namespace trireme::cli {
namespace {

using Json = nlohmann::ordered_json;

/// A question's choices, encoded; [choice].
using Encoded = std::vector<data::Continuation>;

/// What comes before a choice: bos where it was asked for; before a choice without context, an end of text else.
std::optional<data::TokenId> begin_token(const EvaluateCommand& command, const data::Tokenizer& tokenizer,
                                         const data::ChoiceQuestion& question) {
  if (command.bos && !tokenizer.bos()) {
    throw ConfigError("--bos: the tokenizer names no bos token; leave it out");
  }
  if (command.bos) return tokenizer.bos();
  if (question.context.find_first_not_of(" \t\r\n") != std::string::npos) return std::nullopt;
  return tokenizer.bos() ? tokenizer.bos() : tokenizer.eos();
}

std::vector<Encoded> encode_all(const EvaluateCommand& command, const data::Tokenizer& tokenizer,
                                const std::vector<data::ChoiceQuestion>& questions) {
  std::vector<Encoded> all;
  for (const data::ChoiceQuestion& question : questions) {
    const auto begin = begin_token(command, tokenizer, question);
    all.emplace_back();
    for (const std::string& choice : question.choices) {
      all.back().push_back(data::encode_choice(tokenizer, question.context, choice, begin));
    }
  }
  return all;
}

int64_t longest(const std::vector<Encoded>& questions) {
  size_t most = 0;
  for (const Encoded& question : questions) {
    for (const data::Continuation& choice : question) most = std::max(most, choice.ids.size());
  }
  return static_cast<int64_t>(most);
}

size_t index_of_largest(const std::vector<double>& values) {
  return static_cast<size_t>(std::ranges::max_element(values) - values.begin());
}

}  // namespace

Evaluated evaluate_choices(const EvaluateCommand& command, const LoadedModel& loaded) {
  const std::vector<data::ChoiceQuestion> questions = data::read_choice_questions(command.choices);
  const std::vector<Encoded> encoded = encode_all(command, *loaded.tokenizer, questions);
  const auto model = loaded.build(longest(encoded));
  Json items = Json::array();
  int64_t right = 0, right_a_byte = 0;
  for (size_t i = 0; i < questions.size(); ++i) {
    const data::ChoiceQuestion& question = questions[i];
    std::vector<double> likelihoods, a_byte;
    for (size_t choice = 0; choice < question.choices.size(); ++choice) {
      likelihoods.push_back(-nats_of(*model, encoded[i][choice].ids, encoded[i][choice].first));
      a_byte.push_back(likelihoods.back() / static_cast<double>(question.choices[choice].size()));
    }
    const size_t picked = index_of_largest(likelihoods), picked_a_byte = index_of_largest(a_byte);
    right += picked == question.answer;
    right_a_byte += picked_a_byte == question.answer;
    items.push_back({{"answer", question.answer},
                     {"picked", picked},
                     {"picked_per_byte", picked_a_byte},
                     {"log_likelihoods", likelihoods}});
  }
  const auto count = static_cast<double>(questions.size());
  const double accuracy = static_cast<double>(right) / count;
  const double accuracy_a_byte = static_cast<double>(right_a_byte) / count;
  return {.figures = {{"accuracy", accuracy}, {"accuracy_per_byte", accuracy_a_byte}, {"questions", questions.size()}},
          .details = {{"answers", std::move(items)}},
          .line = format("accuracy {} by likelihood, {} by likelihood a byte, over {} questions\n",
                         format_fixed(accuracy, 4), format_fixed(accuracy_a_byte, 4), questions.size())};
}

}  // namespace trireme::cli
