#include "trireme/data/tokenizers/nfc.h"

#include <gtest/gtest.h>
#include <random>

#include "support/test_scale.h"
#include "trireme/data/tokenizers/unicode.h"

namespace trireme::data {
namespace {

std::string nfc(std::string_view text) {
  std::string buffer;
  return std::string(to_nfc(text, buffer));
}

TEST(NfcTest, ComposesAndReorders) {
  EXPECT_EQ(nfc("cafe\u0301!"), "caf\u00E9!");
  EXPECT_EQ(nfc("=\u0338"), "\u2260");
  EXPECT_EQ(nfc("\u1112\u1161\u11ABx"), "\uD55Cx");                    // Hangul from its letters
  EXPECT_EQ(nfc("a\u0315\u0300\u05AE"), "\u00E0\u05AE\u0315");         // marks by their class
  EXPECT_EQ(nfc("\u212B \u2126"), "\u00C5 \u03A9");                    // the Angstrom and Ohm signs are letters
  EXPECT_EQ(nfc("\u0915\u093C \u0958"), "\u0915\u093C \u0915\u093C");  // excluded from composition
  EXPECT_EQ(nfc("\u0301a"), "\u0301a");
}

TEST(NfcTest, TextInFormCIsNotCopied) {
  std::string buffer;
  for (const std::string_view text : {"", "plain", "caf\u00E9 \uD55C\uAE00 \u65E5\u672C \u0439 \U0001F600"}) {
    EXPECT_EQ(to_nfc(text, buffer).data(), text.data());
  }
}

TEST(NfcPropertyTest, EqualsNormalizingTheWholeText) {
  const std::vector<char32_t> characters = {'a',    'e',    ' ',    0xE9,   0x300,  0x301,   0x327,    0x338,  0x3099,
                                            0x304B, '=',    0x1100, 0x1161, 0x11A8, 0xAC00,  0x0915,   0x093C, 0x0958,
                                            0x2126, 0x4E00, '<',    0xFB1D, 0x5B4,  0x1D15E, 0x10FFFF, 0x2ADC};
  std::mt19937_64 random(17);
  for (int round = 0; round < 5000 * test::test_scale(); ++round) {
    std::string text;
    for (uint64_t n = random() % 12; n > 0; --n) append_character(characters[random() % characters.size()], text);
    std::string whole;
    append_normalized(text, UTF8PROC_COMPOSE, whole);
    ASSERT_EQ(nfc(text), whole) << text;
  }
}

}  // namespace
}  // namespace trireme::data
