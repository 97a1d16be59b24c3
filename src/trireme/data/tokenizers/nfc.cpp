#include "trireme/data/tokenizers/nfc.h"

#include <utf8proc.h>
#include <array>
#include <bitset>
#include <memory>

#include "trireme/data/tokenizers/unicode.h"

namespace trireme::data {

namespace {

/// Characters that form C leaves alone unless one that is not follows: they begin a new combining sequence and their
/// own form C is themselves. Nearly all text is of these, so it is only looked through.
class InertCharacters {
 public:
  InertCharacters() {
    for (utf8proc_int32_t c = 0; c < kLimit; ++c) inert_[c] = utf8proc_get_property(c)->combining_class == 0;
    for (utf8proc_int32_t c = 0; c < kLimit; ++c) {
      std::array<utf8proc_int32_t, 16> parts{};
      int boundary = 0;
      const auto count = utf8proc_decompose_char(c, parts.data(), parts.size(), UTF8PROC_DECOMPOSE, &boundary);
      // What joins the part before it.
      for (utf8proc_ssize_t i = 1; i < count; ++i) {
        if (parts[i] < kLimit) inert_[parts[i]] = false;
      }
      constexpr auto kForm = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
      const auto joined = utf8proc_normalize_utf32(parts.data(), count, kForm);
      if (joined != 1 || parts[0] != c) inert_[c] = false;
    }
  }

  bool contains(char32_t c) const { return c < kLimit && inert_[c]; }

 private:
  static constexpr utf8proc_int32_t kLimit = 0x30000;  // few characters lie above
  std::bitset<kLimit> inert_;
};

}  // namespace

std::string_view to_nfc(std::string_view text, std::string& buffer) {
  static const auto inert = std::make_unique<const InertCharacters>();
  buffer.clear();
  size_t copied = 0;      // of `text` into `buffer`
  size_t last_inert = 0;  // where the last inert character begins
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    if (inert->contains(next_character(text, at))) {
      last_inert = begin;
      continue;
    }
    size_t end = at;
    while (at < text.size() && !inert->contains(next_character(text, at))) end = at;
    at = end;
    buffer += text.substr(copied, last_inert - copied);
    append_normalized(text.substr(last_inert, end - last_inert), UTF8PROC_COMPOSE, buffer);
    copied = last_inert = end;
  }
  if (copied == 0) return text;
  buffer += text.substr(copied);
  return buffer;
}

}  // namespace trireme::data
