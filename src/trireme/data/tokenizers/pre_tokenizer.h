#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/data/tokenizers/regex.h"
#include "trireme/formats/json_view.h"

namespace trireme::data {

/// How text is cut into words before merging, as data: each match of `pattern` is a word, and so is what lies
/// between two matches.
struct PreTokenizer {
  std::string name;     // "gpt2", "smollm", "llama3", "qwen2", "cl100k", "o200k", or "custom"
  std::string pattern;  // as published, in PCRE2's syntax
  /// No word holds a space behind its first character, and none looks behind itself: see
  /// Tokenizer::may_cut_before_space.
  bool may_cut_before_space = false;
};

/// By our name or GGUF's ("gpt-2", "llama-bpe"). Throws ConfigError with the names known.
const PreTokenizer& pre_tokenizer_by_name(std::string_view name);
/// From the "pre_tokenizer" of a tokenizer.json. Throws ConfigError that names what is not supported.
/// FormatError, beginning with `where`, for what is damaged.
PreTokenizer pre_tokenizer_from_json(const formats::JsonView& json, const std::string& where);
nlohmann::json pre_tokenizer_to_json(const PreTokenizer& pre_tokenizer);

/// The pattern with \s and \S as Unicode's White_Space, which PCRE2's own \s is not (it takes U+180E).
Regex compile_split_pattern(const PreTokenizer& pre_tokenizer);

/// Cuts text into words. One per thread; the Regex must outlive it.
class WordSplitter {
 public:
  explicit WordSplitter(const Regex& regex) : matcher_(regex) {}

  /// Calls `take(word)` for each word in order; the words joined are `text`. REQUIRES: valid UTF-8.
  template <class Take>
  void split(std::string_view text, Take take) {
    for (size_t at = 0; at < text.size();) {
      const auto match = matcher_.find(text, at);
      if (!match || match->end == match->begin) {
        take(text.substr(at));
        return;
      }
      if (match->begin > at) take(text.substr(at, match->begin - at));
      take(text.substr(match->begin, match->end - match->begin));
      at = match->end;
    }
  }

 private:
  RegexMatcher matcher_;
};

}  // namespace trireme::data
