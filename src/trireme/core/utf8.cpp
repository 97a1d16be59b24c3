#include "trireme/core/utf8.h"

#include <cstdint>
#include <cstring>

namespace trireme {

namespace {

struct Sequence {
  size_t length = 0;  // bytes that belong together
  bool valid = false;
};

/// The character, or the maximal part of a broken one, at the start of `text`.
Sequence first_sequence(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, true};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  // The second byte's range rules out overlong forms, surrogates and what lies above U+10FFFF.
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (text.size() < 2 || byte(1) < low || byte(1) > high) return {1, false};
  for (size_t i = 2; i < length; ++i) {
    if (i >= text.size() || (byte(i) & 0xC0) != 0x80) return {i, false};
  }
  return {length, true};
}

}  // namespace

size_t valid_utf8_prefix(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    uint64_t eight = 0;
    if (at + sizeof eight <= text.size()) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const Sequence sequence = first_sequence(text.substr(at));
    if (!sequence.valid) return at;
    at += sequence.length;
  }
  return at;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const size_t valid = valid_utf8_prefix(text);
    clean += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) break;
    clean += "\xEF\xBF\xBD";
    text.remove_prefix(first_sequence(text).length);
  }
  return clean;
}

std::string shortened(std::string_view text) {
  constexpr size_t kMostBytes = 200;
  if (text.size() <= kMostBytes) return std::string(text);
  const std::string_view begin = text.substr(0, kMostBytes);
  return std::string(begin.substr(0, valid_utf8_prefix(begin))) + "…";
}

}  // namespace trireme
