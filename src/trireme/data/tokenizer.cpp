#include "trireme/data/tokenizer.h"

#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/data/tokenizers/bpe_tokenizer.h"
#include "trireme/data/tokenizers/byte_tokenizer.h"
#include "trireme/data/tokenizers/gguf_tokenizer.h"
#include "trireme/data/tokenizers/rank_file.h"
#include "trireme/data/tokenizers/residue_tokenizer.h"
#include "trireme/data/tokenizers/sentence_piece.h"
#include "trireme/data/tokenizers/tokenizer_json.h"

namespace trireme::data {

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool allow_special) const {
  std::vector<TokenId> ids;
  make_encoder()->encode(text, allow_special, ids);
  return ids;
}

std::string Tokenizer::decode(std::span<const TokenId> ids) const {
  for (const TokenId id : ids) {
    if (id < 0 || id >= vocab_size()) {
      throw ConfigError(format("token id {} is outside the tokenizer's vocabulary of {}", id, vocab_size()));
    }
  }
  return decode_known(ids);
}

bool is_builtin_tokenizer(const std::string& name) { return name == "bytes" || name == "residues"; }

fs::path tokenizer_path(const std::string& name) {
  const fs::path folder = name;
  if (!fs::is_directory(folder)) return folder;
  const fs::path json = folder / "tokenizer.json", sentence_piece = folder / "tokenizer.model";
  return !fs::exists(json) && fs::exists(sentence_piece) ? sentence_piece : json;
}

std::unique_ptr<Tokenizer> load_tokenizer(const std::string& name) {
  if (name == "bytes") return std::make_unique<ByteTokenizer>();
  if (name == "residues") return std::make_unique<ResidueTokenizer>();
  const fs::path path = tokenizer_path(name);
  if (path.extension() == ".gguf") return read_gguf_tokenizer(path);
  if (path.extension() == ".tiktoken") return std::make_unique<BpeTokenizer>(read_rank_file(path));
  // Mistral numbers its models: tokenizer.model.v3.
  if (path.extension() != ".json" && path.filename().string().find(".model") != std::string::npos) {
    return std::make_unique<SentencePieceTokenizer>(formats::read_sentence_piece_model(path), path.string());
  }
  return read_tokenizer_json(path);
}

TokenId special_token_id(const Tokenizer& tokenizer, std::string_view text) {
  std::string known;
  for (const SpecialToken& token : tokenizer.special_tokens()) {
    if (token.text == text) return token.id;
    known += (known.empty() ? "" : ", ") + token.text;
  }
  throw ConfigError(
      format("the tokenizer has no special token \"{}\"; it has: {}", text, known.empty() ? "none" : known));
}

}  // namespace trireme::data
