#include "trireme/data/tokenizers/byte_tokenizer.h"

#include "trireme/core/hash.h"

namespace trireme::data {

namespace {

constexpr std::string_view kEndOfText = "<|endoftext|>";

void append_bytes(std::string_view text, std::vector<TokenId>& ids) {
  for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
}

class ByteEncoder final : public Encoder {
 public:
  void encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) override {
    while (allow_special) {
      const size_t at = text.find(kEndOfText);
      if (at == std::string_view::npos) break;
      append_bytes(text.substr(0, at), ids);
      ids.push_back(ByteTokenizer::kEndOfDocument);
      text.remove_prefix(at + kEndOfText.size());
    }
    append_bytes(text, ids);
  }
};

}  // namespace

ByteTokenizer::ByteTokenizer()
    : Tokenizer({.vocab_size = 257,
                 .bos = std::nullopt,
                 .eos = kEndOfDocument,
                 .special_tokens = {{kEndOfDocument, std::string(kEndOfText)}},
                 .identity = content_hash("bytes 1"),
                 .may_cut_before_space = true}) {}

std::unique_ptr<Encoder> ByteTokenizer::make_encoder() const { return std::make_unique<ByteEncoder>(); }

std::string ByteTokenizer::decode_known(std::span<const TokenId> ids) const {
  std::string text;
  for (const TokenId id : ids) {
    if (id == kEndOfDocument) {
      text += kEndOfText;
    } else {
      text += static_cast<char>(id);
    }
  }
  return text;
}

}  // namespace trireme::data
