#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trireme/core/file.h"
#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// A multiple-choice question that a model answers by the likelihood of each choice behind the context.
struct ChoiceQuestion {
  std::string context;
  std::vector<std::string> choices;
  size_t answer = 0;  // index of the right one
};

/// One JSON object a line: "context" or "question", "choices" (two texts or more), "answer" (index from 0); other keys
/// are left alone, blank lines skipped. May be compressed, see open_byte_stream. Throws IoError, or FormatError naming
/// file and line, also when there is no question.
std::vector<ChoiceQuestion> read_choice_questions(const std::string& path);

/// Ids of a context and what follows it; those from `first` on are judged.
struct Continuation {
  std::vector<TokenId> ids;
  size_t first = 0;  // at least 1
};

/// Context and choice are encoded as one text, with a space between them unless either brings white space; white space
/// at the context's end counts to the choice. What is judged begins where the ids leave those of the context alone.
/// `begin` comes first when it is given, and is needed for an empty context. Throws ConfigError without it.
Continuation encode_choice(const Tokenizer& tokenizer, const std::string& context, const std::string& choice,
                           std::optional<TokenId> begin);

}  // namespace trireme::data
