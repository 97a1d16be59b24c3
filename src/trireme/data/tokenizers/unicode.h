#pragma once

#include <utf8proc.h>
#include <string>
#include <string_view>

namespace trireme::data {

/// The character that begins at byte `at`, which moves behind it. REQUIRES: valid UTF-8.
inline char32_t next_character(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) {
    ++at;
    return lead;
  }
  utf8proc_int32_t character = 0;
  at += static_cast<size_t>(utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                             static_cast<utf8proc_ssize_t>(text.size() - at), &character));
  return static_cast<char32_t>(character);
}

utf8proc_category_t category_of(char32_t character);
/// Unicode's property White_Space.
bool is_white_space(char32_t character);

void append_character(char32_t character, std::string& text);

/// Appends a normalization form of `text`: D with `form` UTF8PROC_DECOMPOSE, C with UTF8PROC_COMPOSE.
/// REQUIRES: valid UTF-8.
void append_normalized(std::string_view text, utf8proc_option_t form, std::string& out);

}  // namespace trireme::data
