#include "trireme/data/tokenizers/byte_level.h"

#include <array>

namespace trireme::data {

namespace {

constexpr bool stands_for_itself(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Alphabet {
  std::array<char32_t, 256> character{};
  std::array<int, 0x144> byte{};  // -1: not of the alphabet

  constexpr Alphabet() {
    byte.fill(-1);
    char32_t next = 0x100;
    for (int b = 0; b < 256; ++b) {
      character[b] = stands_for_itself(b) ? static_cast<char32_t>(b) : next++;
      byte[character[b]] = b;
    }
  }
};

constexpr Alphabet kAlphabet;

}  // namespace

char32_t byte_level_character(unsigned char byte) { return kAlphabet.character[byte]; }

std::string bytes_to_byte_level(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const char32_t character = kAlphabet.character[static_cast<unsigned char>(c)];
    if (character < 0x80) {
      text += static_cast<char>(character);
    } else {
      text += static_cast<char>(0xC0 | (character >> 6));
      text += static_cast<char>(0x80 | (character & 0x3F));
    }
  }
  return text;
}

std::optional<std::string> byte_level_to_bytes(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    auto character = static_cast<char32_t>(static_cast<unsigned char>(text[i]));
    if (character >= 0x80) {
      // The whole alphabet lies below U+0800: two bytes at most.
      if ((character & 0xE0) != 0xC0 || i + 1 == text.size()) return std::nullopt;
      character = ((character & 0x1F) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3F);
    }
    if (character >= kAlphabet.byte.size() || kAlphabet.byte[character] < 0) return std::nullopt;
    bytes += static_cast<char>(kAlphabet.byte[character]);
  }
  return bytes;
}

}  // namespace trireme::data
