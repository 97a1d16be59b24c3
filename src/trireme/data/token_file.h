#pragma once

#include <optional>
#include <span>
#include <string>

#include "trireme/data/corpus_info.h"
#include "trireme/data/target_mask.h"
#include "trireme/data/tokenizer.h"
#include "trireme/formats/megatron.h"

namespace trireme::data {

/// A Megatron pair as one stream of tokens with document borders and, of chats, a target mask.
class TokenFile {
 public:
  /// Throws IoError or FormatError, also where index or mask are not what PREFIX.json says of them, and ConfigError
  /// when its sequences do not lie back to back in file order.
  explicit TokenFile(const std::string& prefix);

  const std::string& prefix() const { return prefix_; }
  DType dtype() const { return reader_.dtype(); }
  int64_t num_tokens() const { return reader_.num_tokens(); }
  int64_t num_documents() const { return reader_.num_documents(); }
  /// REQUIRES: the range lies in the file.
  void copy(int64_t first, std::span<TokenId> out) const;
  /// Null: every token counts as a target.
  const TargetMask* mask() const { return mask_ ? &*mask_ : nullptr; }

  /// Document that holds this token. REQUIRES: 0 <= token < num_tokens().
  int64_t document_of(int64_t token) const;
  /// First token of the document, or num_tokens() for one past the last.
  int64_t document_begin(int64_t document) const;

  /// Hash of tokens, borders and mask: the one `data prepare` left in PREFIX.json, or else of the index, the file's
  /// size and its first and last megabyte, and the mask.
  std::string identity() const;
  /// Reads everything and compares it with the hash that PREFIX.json has. Throws FormatError naming the file when it
  /// differs, ConfigError when there is no such hash.
  void verify() const;

 private:
  std::string prefix_;
  formats::MegatronReader reader_;
  std::optional<CorpusInfo> info_;  // PREFIX.json, where there is one
  std::optional<TargetMask> mask_;
};

}  // namespace trireme::data
