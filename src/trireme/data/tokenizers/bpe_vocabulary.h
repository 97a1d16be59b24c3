#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trireme/data/tokenizer.h"
#include "trireme/data/tokenizers/added_tokens.h"
#include "trireme/data/tokenizers/pre_tokenizer.h"

namespace trireme::data {

/// Two tokens that join into a third. Its place in the list is its rank: the lowest rank joins first.
struct Merge {
  TokenId left = 0;
  TokenId right = 0;
  TokenId result = 0;
};

/// A byte-level BPE vocabulary, as tokenizer.json, GGUF and rank files describe it and the trainer makes it.
struct BpeVocabulary {
  std::vector<std::string> tokens;  // bytes of each id; text of an added one
  std::vector<Merge> merges;
  /// There are no merges: two tokens join when what they spell is a token, and its id is their rank (tiktoken).
  bool joins_by_id = false;
  std::vector<AddedToken> added;
  bool nfc = false;  // text is put into Unicode's normalization form C first
  PreTokenizer pre_tokenizer;
  bool ignore_merges = false;  // a word that is a token becomes it, whatever the merges say
  std::optional<TokenId> bos, eos;
};

/// The same with tokens and merges in GPT-2's byte-level alphabet, as files write them.
struct BpeText {
  std::vector<std::string> tokens;  // by id; "" is an id that is not used
  std::vector<std::pair<std::string, std::string>> merges;
  std::vector<AddedToken> added;
};

/// Fills tokens, merges and added. REQUIRES: ids of added tokens are near those of the others. Throws FormatError,
/// beginning with `where`, when a token is there twice, is not of the alphabet, or a merge names one that is
/// not in the vocabulary.
BpeVocabulary vocabulary_from_text(const BpeText& text, const std::string& where);

/// "a b" of a merges list as its two parts. Throws FormatError, beginning with `where`.
std::pair<std::string, std::string> split_merge(const std::string& merge, const std::string& where);

}  // namespace trireme::data
