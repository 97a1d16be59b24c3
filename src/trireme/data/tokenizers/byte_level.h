#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trireme::data {

/// GPT-2's alphabet writes each byte as one printable character, so that vocabulary files hold plain text:
/// printable Latin-1 stands for itself, the rest for U+0100 and up. Source: `bytes_to_unicode` of
/// openai/gpt-2.
std::string bytes_to_byte_level(std::string_view bytes);
/// The reverse; nothing when a character is not of the alphabet.
std::optional<std::string> byte_level_to_bytes(std::string_view text);
/// The byte's character, as a code point.
char32_t byte_level_character(unsigned char byte);

}  // namespace trireme::data
