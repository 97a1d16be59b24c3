#include "trireme/data/tokenizers/residue_tokenizer.h"

#include <algorithm>
#include <array>

#include "trireme/core/hash.h"

namespace trireme::data {

namespace {

constexpr std::array<std::string_view, 33> kTokens = {
    "<cls>", "<pad>", "<eos>", "<unk>", "L", "A", "G", "V", "S", "E", "R", "T", "I", "D", "P",        "K",     "Q",
    "N",     "F",     "Y",     "M",     "H", "W", "C", "X", "B", "U", "Z", "O", ".", "-", "<null_1>", "<mask>"};
constexpr TokenId kCls = 0, kEos = 2, kUnknown = 3;

bool is_special(std::string_view token) { return token.size() > 1; }

std::vector<SpecialToken> special_tokens() {
  std::vector<SpecialToken> tokens;
  for (size_t id = 0; id < kTokens.size(); ++id) {
    if (is_special(kTokens[id])) tokens.push_back({static_cast<TokenId>(id), std::string(kTokens[id])});
  }
  return tokens;
}

class ResidueEncoder final : public Encoder {
 public:
  void encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) override {
    bool was_unknown = false;
    while (!text.empty()) {
      const auto begins = [&](std::string_view token) {
        return text.starts_with(token) && (allow_special || !is_special(token));
      };
      const auto found = std::ranges::find_if(kTokens, begins);
      const bool is_unknown = found == kTokens.end();
      if (!is_unknown) ids.push_back(static_cast<TokenId>(found - kTokens.begin()));
      if (is_unknown && !was_unknown) ids.push_back(kUnknown);
      was_unknown = is_unknown;
      text.remove_prefix(is_unknown ? 1 : found->size());
    }
  }
};

}  // namespace

ResidueTokenizer::ResidueTokenizer()
    : Tokenizer({.vocab_size = kTokens.size(),
                 .bos = kCls,
                 .eos = kEos,
                 .special_tokens = trireme::data::special_tokens(),
                 .identity = content_hash("residues of ESM-2, 1"),
                 .may_cut_before_space = false}) {}

std::unique_ptr<Encoder> ResidueTokenizer::make_encoder() const { return std::make_unique<ResidueEncoder>(); }

std::string ResidueTokenizer::decode_known(std::span<const TokenId> ids) const {
  std::string text;
  for (const TokenId id : ids) text += kTokens[static_cast<size_t>(id)];
  return text;
}

}  // namespace trireme::data
