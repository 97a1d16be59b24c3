#include "trireme/config/yaml_token.h"

#include <algorithm>

#include "trireme/core/utf8.h"

namespace trireme::config {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

size_t skip(std::string_view text, size_t at, std::string_view letters) {
  return std::min(text.find_first_not_of(letters, at), text.size());
}

std::string_view token(std::string_view text, size_t at) {
  return text.substr(at, std::min(text.find_first_of(kBlanks, at), text.size()) - at);
}

/// Behind the tag and the anchor, where the scalar itself begins.
size_t skip_properties(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == '!' || text[at] == '&')) {
    at = skip(text, at + token(text, at).size(), kBlanks);
  }
  return at;
}

/// Behind the closing quote of the scalar at `at`, or npos when there is none.
size_t end_of_quoted(std::string_view text, size_t at) {
  const char mark = text[at];
  for (++at; at < text.size(); ++at) {
    if (mark == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == mark) {
      const bool doubled = mark == '\'' && at + 1 < text.size() && text[at + 1] == mark;
      if (!doubled) return at + 1;
      ++at;
    }
  }
  return std::string_view::npos;
}

bool is_quoted(std::string_view text, size_t at) { return at < text.size() && (text[at] == '"' || text[at] == '\''); }

bool starts_with_colon(std::string_view text) {
  return !text.empty() && text[0] == ':' && (text.size() == 1 || kBlanks.find(text[1]) != std::string_view::npos);
}

}  // namespace

bool is_closed_scalar(std::string_view text, size_t at) {
  at = skip_properties(text, at);
  return !is_quoted(text, at) || end_of_quoted(text, at) != std::string_view::npos;
}

std::string_view tag_token(std::string_view text, size_t at) {
  if (at < text.size() && text[at] == '&') at = skip(text, at + token(text, at).size(), kBlanks);
  return at < text.size() && text[at] == '!' ? token(text, at) : std::string_view();
}

std::string repaired(const std::string& scalar) {
  std::string text;
  std::string_view rest = scalar;
  for (size_t valid = valid_utf8_prefix(rest); valid < rest.size(); valid = valid_utf8_prefix(rest)) {
    text += rest.substr(0, valid);
    text += {'\xC2', rest[valid]};  // U+0085 or U+00A0
    rest.remove_prefix(valid + 1);
  }
  return text.append(rest);
}

bool is_whole_key(std::string_view text, size_t at) {
  const size_t before = at == 0 ? std::string_view::npos : text.find_last_not_of(kBlanks, at - 1);
  if (before != std::string_view::npos && text[before] == '?') return true;
  at = skip_properties(text, at);
  if (is_quoted(text, at)) {
    const size_t end = end_of_quoted(text, at);
    return end != std::string_view::npos && text.substr(skip(text, end, " \t")).substr(0, 1) == ":";
  }
  const size_t line_end = std::min(text.find('\n', at), text.size());
  for (; at < line_end; ++at) {
    if (starts_with_colon(text.substr(at))) return true;
    if (text.substr(at, 2) == " #") return false;
  }
  return false;
}

}  // namespace trireme::config
