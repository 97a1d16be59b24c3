#pragma once

#include <string>
#include <vector>

#include "trireme/data/tokenizers/bpe_merger.h"
#include "trireme/data/tokenizers/bpe_tokenizer.h"
#include "trireme/data/tokenizers/pre_tokenizer.h"
#include "trireme/data/tokenizers/word_cache.h"

namespace trireme::data {

/// Encodes for a BpeTokenizer, which must outlive it.
class BpeEncoder final : public Encoder {
 public:
  explicit BpeEncoder(const BpeTokenizer& tokenizer);
  void encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) override;

 private:
  void encode_word(std::string_view word, std::vector<TokenId>& ids);
  void merge_word(std::string_view word, std::vector<TokenId>& ids);

  const BpeTokenizer& tokenizer_;
  AddedTokenCutter added_;
  WordSplitter splitter_;
  WordCache cache_;
  BpeMerger merger_;
  std::string normalized_;
};

}  // namespace trireme::data
