#include "trireme/data/tokenizers/sentence_piece_encoder.h"

#include "trireme/data/tokenizers/sentence_piece_text.h"

namespace trireme::data {

namespace {

constexpr TokenId kNoPiece = -1;

void append_escaped(std::string_view text, std::string& escaped) {
  for (const char c : text) {
    if (c == ' ') {
      escaped += kPieceSpace;
    } else {
      escaped += c;
    }
  }
}

}  // namespace

SentencePieceEncoder::SentencePieceEncoder(const SentencePieceTokenizer& tokenizer)
    : tokenizer_(tokenizer), control_(tokenizer.control_), user_defined_(tokenizer.user_defined_) {}

void SentencePieceEncoder::encode(std::string_view text, bool allow_special, std::vector<TokenId>& ids) {
  control_.cut(text, allow_special, ids, [&](std::string_view stretch) {
    escaped_ = tokenizer_.model_.add_dummy_prefix ? kPieceSpace : "";
    append_escaped(stretch, escaped_);
    user_defined_.cut(escaped_, false, ids, [&](std::string_view words) { encode_words(words, ids); });
  });
}

void SentencePieceEncoder::encode_words(std::string_view text, std::vector<TokenId>& ids) {
  size_t begin = 0;
  const auto end_word = [&](size_t end) {
    const std::string_view word = text.substr(begin, end - begin);
    cache_.append(word, ids, [&] { merge_word(word, ids); });
    begin = end;
  };
  for_each_boundary(text, [&](size_t at, unsigned pair) {
    if (!tokenizer_.joins_[pair]) end_word(at);
  });
  end_word(text.size());
}

void SentencePieceEncoder::merge_word(std::string_view word, std::vector<TokenId>& ids) {
  using Symbol = BpeMerger::Symbol;
  const auto text_of = [&](int32_t begin, int32_t end) {
    return word.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
  };
  const auto piece_of = [&](std::string_view text) -> std::optional<BpeMerger::Joined> {
    const auto found = tokenizer_.pieces_.find(text);
    if (found == tokenizer_.pieces_.end()) return std::nullopt;
    return found->second;
  };
  merger_.start_word();
  for (size_t at = 0; at < word.size();) {
    const size_t begin = at;
    next_character(word, at);
    const auto piece = piece_of(word.substr(begin, at - begin));
    merger_.add(piece ? piece->id : kNoPiece, begin, at);
  }
  merger_.merge([&](const Symbol& left, const Symbol& right) { return piece_of(text_of(left.begin, right.end)); });
  merger_.for_each([&](const Symbol& symbol) {
    if (symbol.id != kNoPiece) {
      ids.push_back(symbol.id);
      return;
    }
    for (const char c : text_of(symbol.begin, symbol.end)) {
      ids.push_back(tokenizer_.byte_ids_[static_cast<unsigned char>(c)]);
    }
  });
}

}  // namespace trireme::data
