#include "trireme/config/yaml_problem.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "trireme/core/format.h"

namespace trireme::config {

namespace {

enum class Place { kProblem, kContext };

/// A mistake by libyaml's words for it (src/scanner.c and src/parser.c of libyaml 0.2.5).
struct Mistake {
  std::string_view context;
  std::string_view problem;
  Place place;
  std::string_view message;
  std::string_view remedy;
};

constexpr std::array<Mistake, 6> kMistakes = {{
    {"while scanning a quoted scalar", "found unexpected end of stream", Place::kContext, "a quote that nothing closes",
     "close it"},
    {"while scanning a simple key", "could not find expected ':'", Place::kContext, "a key without a colon",
     "write \": \" and a value behind it, within its line and 1024 characters"},
    {"while scanning a tag", "did not find expected whitespace or line break", Place::kContext,
     "a tag that runs into other text", "put a blank behind the tag"},
    {"while scanning for the next token", "found character that cannot start any token", Place::kProblem,
     "no value begins with a tab, \"%\", \"@\" or \"`\"", "indent with blanks, and quote a text that begins so"},
    {"", "mapping values are not allowed in this context", Place::kProblem, "a colon where no key can stand",
     "quote a value that holds \": \", and line keys up"},
    {"", "did not find expected <document start>", Place::kProblem, "text after the end of the document",
     "begin a document with ---"},
}};

std::string_view or_empty(const char* text) { return text == nullptr ? "" : text; }

}  // namespace

YamlProblem explain(const yaml_parser_t& parser) {
  const std::string_view problem = or_empty(parser.problem);
  const std::string_view context = or_empty(parser.context);
  const auto* mistake = std::find_if(kMistakes.begin(), kMistakes.end(), [&](const Mistake& one) {
    return one.context == context && one.problem == problem;
  });
  if (mistake != kMistakes.end()) {
    return {mistake->place == Place::kContext ? parser.context_mark : parser.problem_mark,
            std::string(mistake->message), std::string(mistake->remedy)};
  }
  std::string message = format("not valid YAML: {}", problem);
  if (!context.empty()) message += format(" {}", context);
  if (!context.empty() && parser.context_mark.line < parser.problem_mark.line) {
    message += format(" that begins in line {}", parser.context_mark.line + 1);
  }
  return {parser.problem_mark, message, ""};
}

}  // namespace trireme::config
