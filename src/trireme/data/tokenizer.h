#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/core/file.h"

namespace trireme::data {

using TokenId = int32_t;

struct SpecialToken {
  TokenId id = 0;
  std::string text;
};

/// Turns text into ids and keeps what it learnt on the way (a word cache): make one per thread and keep it
/// for bulk work.
class Encoder {
 public:
  virtual ~Encoder() = default;
  /// Appends the ids of `text`. With `allow_special`, the text of a special token becomes that token; else it
  /// is encoded as any text. No token is added at the ends. Bytes that are not UTF-8 count as U+FFFD, one for
  /// each maximal broken sequence, as Hugging Face's tokenizers see them; never an error.
  virtual void encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) = 0;
};

/// What a tokenizer tells about itself.
struct TokenizerFacts {
  int64_t vocab_size = 0;  // largest id plus one
  std::optional<TokenId> bos, eos;
  std::vector<SpecialToken> special_tokens;
  /// Hash of everything that decides ids: two tokenizers with equal identity encode any text alike.
  std::string identity;
  /// A text may be cut before a space that follows an ASCII letter or digit, and the pieces encoded apart, with
  /// the same ids.
  bool may_cut_before_space = false;
};

/// A vocabulary and its rules; immutable, shared by threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  virtual std::unique_ptr<Encoder> make_encoder() const = 0;
  /// For short texts; bulk work keeps an Encoder.
  std::vector<TokenId> encode(std::string_view text, bool allow_special = false) const;
  /// The bytes that the ids stand for; a cut in the middle of a character leaves bytes that are not UTF-8.
  /// Throws ConfigError for an id outside the vocabulary.
  std::string decode(std::span<const TokenId> ids) const;

  int64_t vocab_size() const { return facts_.vocab_size; }
  std::optional<TokenId> bos() const { return facts_.bos; }
  std::optional<TokenId> eos() const { return facts_.eos; }
  std::span<const SpecialToken> special_tokens() const { return facts_.special_tokens; }
  const std::string& identity() const { return facts_.identity; }
  bool may_cut_before_space() const { return facts_.may_cut_before_space; }

 protected:
  explicit Tokenizer(TokenizerFacts facts) : facts_(std::move(facts)) {}

 private:
  /// REQUIRES: every id is in the vocabulary.
  virtual std::string decode_known(std::span<const TokenId> ids) const = 0;

  TokenizerFacts facts_;
};

/// "bytes" and "residues" (proteins) need no file.
bool is_builtin_tokenizer(const std::string& name);
/// The file that a name stands for: itself, or a folder's tokenizer.json, else its tokenizer.model.
fs::path tokenizer_path(const std::string& name);

/// "bytes"; "residues"; a tokenizer.json, a GGUF file, a SentencePiece .model or a .tiktoken rank file; or a folder
/// that holds a tokenizer.json, else a tokenizer.model. Throws IoError, FormatError or ConfigError naming the file and
/// what in it is not supported.
std::unique_ptr<Tokenizer> load_tokenizer(const std::string& name);

/// Id of the special token with this text. Throws ConfigError that lists the special tokens.
TokenId special_token_id(const Tokenizer& tokenizer, std::string_view text);

}  // namespace trireme::data
