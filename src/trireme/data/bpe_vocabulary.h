#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trireme/data/pre_tokenizer.h"
#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// Two tokens that join into a third. Its place in the list is its rank: the lowest rank joins first.
struct Merge {
  TokenId left = 0;
  TokenId right = 0;
  TokenId result = 0;
};

/// A token found in the text as it stands, before any splitting.
struct AddedToken {
  TokenId id = 0;
  std::string text;
  bool special = true;  // only found when special tokens are allowed; others are always found
};

/// A byte-level BPE vocabulary, as tokenizer.json and GGUF both describe it and the trainer makes it.
struct BpeVocabulary {
  std::vector<std::string> tokens;  // bytes of each id; text of an added one
  std::vector<Merge> merges;
  std::vector<AddedToken> added;
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

/// Throws FormatError, beginning with `where`, for an id that no vocabulary of about `num_tokens` has, before
/// it costs memory.
void check_id(int64_t id, size_t num_tokens, const std::string& token, const std::string& where);

/// Fills tokens, merges and added. REQUIRES: ids of added tokens passed check_id. Throws FormatError,
/// beginning with `where`, when a token is there twice, is not of the alphabet, or a merge names one that is
/// not in the vocabulary.
BpeVocabulary vocabulary_from_text(const BpeText& text, const std::string& where);

/// "a b" of a merges list as its two parts. Throws FormatError, beginning with `where`.
std::pair<std::string, std::string> split_merge(const std::string& merge, const std::string& where);

}  // namespace trireme::data
