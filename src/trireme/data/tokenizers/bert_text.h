#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trireme/data/tokenizers/unicode.h"

namespace trireme::data {

/// BERT's clean-up of text. Source: BertNormalizer of Hugging Face's tokenizers, after google-research/bert,
/// tokenization.py.
struct BertNormalizer {
  bool clean_text = true;            // control characters go, and every white space becomes a space
  bool handle_chinese_chars = true;  // each Chinese character is a word
  bool strip_accents = true;         // form D, then without its non-spacing marks
  bool lowercase = true;

  /// REQUIRES: valid UTF-8.
  std::string normalize(std::string_view text) const;
};

/// White space separates words, and each punctuation mark is one (BertPreTokenizer). Views of `text`.
std::vector<std::string_view> split_bert_words(std::string_view text);

}  // namespace trireme::data
