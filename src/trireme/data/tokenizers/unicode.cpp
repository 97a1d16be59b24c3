#include "trireme/data/tokenizers/unicode.h"

#include <array>
#include <cstdlib>
#include <memory>

#include "trireme/core/check.h"

namespace trireme::data {

utf8proc_category_t category_of(char32_t character) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(character));
}

bool is_white_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  const utf8proc_category_t category = category_of(c);
  return c == 0x85 || category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

void append_character(char32_t character, std::string& text) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(count));
}

void append_normalized(std::string_view text, utf8proc_option_t form, std::string& out) {
  utf8proc_uint8_t* result = nullptr;
  const auto count =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &result, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | form));
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(result, std::free);
  TRIREME_CHECK(count >= 0, "{}", utf8proc_errmsg(count));
  out.append(reinterpret_cast<const char*>(result), static_cast<size_t>(count));
}

}  // namespace trireme::data
