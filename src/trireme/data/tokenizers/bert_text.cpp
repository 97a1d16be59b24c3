#include "trireme/data/tokenizers/bert_text.h"

#include <array>

namespace trireme::data {

namespace {

/// What clean_text removes.
bool is_control(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  if (c == 0 || c == 0xFFFD) return true;
  const utf8proc_category_t category = category_of(c);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_CO;
}

bool is_punctuation(char32_t c) {
  if (c < 0x80)
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
  const utf8proc_category_t category = category_of(c);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

/// The blocks of ideographs that BERT names.
bool is_chinese(char32_t c) {
  struct Block {
    char32_t first, last;
  };
  static constexpr std::array<Block, 8> kBlocks = {{{0x3400, 0x4DBF},
                                                    {0x4E00, 0x9FFF},
                                                    {0xF900, 0xFAFF},
                                                    {0x20000, 0x2A6DF},
                                                    {0x2A700, 0x2B73F},
                                                    {0x2B740, 0x2B81F},
                                                    {0x2B920, 0x2CEAF},
                                                    {0x2F800, 0x2FA1F}}};
  for (const Block& block : kBlocks) {
    if (c >= block.first && c <= block.last) return true;
  }
  return false;
}

void append_lowercase(char32_t c, std::string& text) {
  if (c == 0x130) {
    text += "i\u0307";  // the only letter whose small form is two characters
  } else {
    append_character(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))), text);
  }
}

template <class Take>
void for_each_character(std::string_view text, Take take) {
  for (size_t at = 0; at < text.size();) take(next_character(text, at));
}

}  // namespace

std::string BertNormalizer::normalize(std::string_view text) const {
  std::string spaced;
  for_each_character(text, [&](char32_t c) {
    if (clean_text && is_control(c)) return;
    if (clean_text && is_white_space(c)) c = ' ';
    const bool alone = handle_chinese_chars && is_chinese(c);
    if (alone) spaced += ' ';
    append_character(c, spaced);
    if (alone) spaced += ' ';
  });
  if (strip_accents) {
    std::string decomposed;
    append_normalized(spaced, UTF8PROC_DECOMPOSE, decomposed);
    spaced.clear();
    for_each_character(decomposed, [&](char32_t c) {
      if (category_of(c) != UTF8PROC_CATEGORY_MN) append_character(c, spaced);
    });
  }
  if (!lowercase) return spaced;
  std::string lower;
  for_each_character(spaced, [&](char32_t c) { append_lowercase(c, lower); });
  return lower;
}

std::vector<std::string_view> split_bert_words(std::string_view text) {
  std::vector<std::string_view> words;
  size_t begin = 0;  // of the word that is open
  const auto end_word = [&](size_t end) {
    if (end > begin) words.push_back(text.substr(begin, end - begin));
  };
  for (size_t at = 0; at < text.size();) {
    const size_t here = at;
    const char32_t c = next_character(text, at);
    if (!is_white_space(c) && !is_punctuation(c)) continue;
    end_word(here);
    if (is_punctuation(c)) words.push_back(text.substr(here, at - here));
    begin = at;
  }
  end_word(text.size());
  return words;
}

}  // namespace trireme::data
