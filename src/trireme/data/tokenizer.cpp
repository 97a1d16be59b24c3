#include "trireme/data/tokenizer.h"

#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/data/bpe_tokenizer.h"
#include "trireme/data/byte_tokenizer.h"
#include "trireme/data/gguf_vocabulary.h"
#include "trireme/data/tokenizer_json.h"

namespace trireme::data {

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool allow_special) const {
  std::vector<TokenId> ids;
  make_encoder()->encode(text, allow_special, ids);
  return ids;
}

std::unique_ptr<Tokenizer> load_tokenizer(const std::string& name) {
  if (name == "bytes") return std::make_unique<ByteTokenizer>();
  fs::path path = name;
  if (fs::is_directory(path)) path /= "tokenizer.json";
  if (path.extension() == ".gguf") return std::make_unique<BpeTokenizer>(read_gguf_vocabulary(path));
  return std::make_unique<BpeTokenizer>(read_tokenizer_json(path));
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
