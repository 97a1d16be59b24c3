#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trireme/data/tokenizer.h"
#include "trireme/data/tokenizers/added_tokens.h"
#include "trireme/data/tokenizers/pre_tokenizer.h"
#include "trireme/data/tokenizers/token_ids.h"

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

/// Makes the tokens, merges and added tokens of a vocabulary that is written in GPT-2's byte-level alphabet, as files
/// do. Throws FormatError, beginning with `where`.
class BpeVocabularyBuilder {
 public:
  /// `tokens` by id; "" is an id that is not used. A token may not be there twice. REQUIRES: ids of added tokens are
  /// near those of the others.
  BpeVocabularyBuilder(std::vector<std::string> tokens, std::vector<AddedToken> added, std::string where);

  void reserve_merges(size_t merges) { vocabulary_.merges.reserve(merges); }
  /// The next by rank. Both tokens, and what they join into, must be there.
  void add_merge(std::string_view left, std::string_view right);
  /// A merge may not be there twice.
  BpeVocabulary finish();

 private:
  TokenId id_of(std::string_view bytes) const;
  std::string to_bytes(std::string_view token) const;

  std::string where_;
  BpeVocabulary vocabulary_;
  TokenIds ids_;
};

/// "a b" of a merges list as its two parts. Throws FormatError, beginning with `where`.
std::pair<std::string_view, std::string_view> split_merge(std::string_view merge, const std::string& where);

}  // namespace trireme::data
