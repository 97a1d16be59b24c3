#include "trireme/config/source_text.h"

#include <algorithm>
#include <array>

#include "trireme/core/format.h"
#include "trireme/core/utf8.h"

namespace trireme::config {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// U+0085, U+2028 and U+2029.
constexpr std::array<std::string_view, 3> kLineSeparators = {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"};

bool starts_with_separator(std::string_view text) {
  return std::any_of(kLineSeparators.begin(), kLineSeparators.end(),
                     [&](std::string_view separator) { return text.substr(0, separator.size()) == separator; });
}

/// C0 but tab and line ends, DEL, C1, and the two characters that are none.
bool starts_with_control(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  if (byte < 0x20) return byte != '\t' && byte != '\n' && byte != '\r';
  if (byte == 0x7F) return true;
  if (byte == 0xC2) return static_cast<unsigned char>(text[1]) < 0xA0;
  return text.substr(0, 3) == "\xEF\xBF\xBE" || text.substr(0, 3) == "\xEF\xBF\xBF";
}

}  // namespace

SourceLocation Places::at(size_t offset) {
  offset = std::min(offset, text_.size());
  if (offset < offset_) {
    offset_ = 0;
    line_ = column_ = 1;
  }
  for (; offset_ < offset; ++offset_) {
    if (text_[offset_] == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(text_[offset_]) & 0xC0) != 0x80) {
      ++column_;
    }
  }
  return {name_, line_, column_};
}

std::string_view without_byte_order_mark(std::string_view text) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  return text;
}

bool check_text(std::string_view text, const std::string& name, Diagnostics& diagnostics) {
  if (text.size() > kMaxTextBytes) {
    diagnostics.error({}, format("holds {}, more than {}", format_bytes(text.size()), format_bytes(kMaxTextBytes)),
                      "split it into several files", {name, 0, 0});
    return false;
  }
  const size_t valid = valid_utf8_prefix(text);
  if (valid < text.size()) {
    diagnostics.error({}, "is not UTF-8 from here on", "save the file as UTF-8", Places(text, name).at(valid));
    return false;
  }
  const size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    diagnostics.error({}, "holds a NUL byte", "save the file as plain UTF-8 text", Places(text, name).at(nul));
    return false;
  }
  return true;
}

bool check_yaml_characters(std::string_view text, const std::string& name, Diagnostics& diagnostics) {
  for (size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    const bool lone_return = rest[0] == '\r' && (rest.size() == 1 || rest[1] != '\n');
    if (lone_return || starts_with_separator(rest)) {
      diagnostics.error({}, "holds a line separator that only some YAML readers know",
                        "end lines with a line feed, or write \"\\r\", \"\\N\", \"\\L\" or \"\\P\" in double quotes",
                        Places(text, name).at(at));
      return false;
    }
    if (starts_with_control(rest)) {
      diagnostics.error({}, "holds a control character, which YAML forbids", "write it as \"\\xNN\" in double quotes",
                        Places(text, name).at(at));
      return false;
    }
  }
  return true;
}

}  // namespace trireme::config
