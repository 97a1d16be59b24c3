#include "trireme/formats/json_view.h"

#include <charconv>

#include "trireme/core/check.h"
#include "trireme/core/utf8.h"
#include "trireme/formats/json_check.h"

namespace trireme::formats {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// Bytes of the string that `text` begins with, quotes included.
size_t string_bytes(std::string_view text) {
  size_t at = 1;
  while (text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return at + 1;
}

/// Bytes of the value that `text` begins with.
size_t value_bytes(std::string_view text) {
  if (text[0] == '"') return string_bytes(text);
  if (text[0] != '[' && text[0] != '{') return std::min(text.find_first_of(" \t\r\n,:]}"), text.size());
  size_t at = 0;
  int depth = 0;
  do {
    const char c = text[at];
    if (c == '"') {
      at += string_bytes(text.substr(at));
      continue;
    }
    depth += (c == '[' || c == '{') - (c == ']' || c == '}');
    ++at;
  } while (depth > 0);
  return at;
}

void append_utf8(uint32_t character, std::string& text) {
  const auto put = [&](uint32_t byte) { text += static_cast<char>(byte); };
  const auto put_rest = [&](int shift) { put(0x80 | (character >> shift & 0x3F)); };
  if (character < 0x80) return put(character);
  if (character < 0x800) return put(0xC0 | character >> 6), put_rest(0);
  if (character < 0x10000) return put(0xE0 | character >> 12), put_rest(6), put_rest(0);
  put(0xF0 | character >> 18), put_rest(12), put_rest(6), put_rest(0);
}

/// The four hexadecimal digits behind "\u", which are dropped with it.
uint32_t take_unit(std::string_view& rest) {
  uint32_t unit = 0;
  std::from_chars(rest.data() + 2, rest.data() + 6, unit, 16);
  rest.remove_prefix(6);
  return unit;
}

void append_escaped(std::string_view& rest, std::string& out) {
  if (rest[1] == 'u') {
    const uint32_t unit = take_unit(rest);
    const bool is_pair = unit >= 0xD800 && unit < 0xE000;
    append_utf8(is_pair ? 0x10000 + ((unit - 0xD800) << 10) + (take_unit(rest) - 0xDC00) : unit, out);
    return;
  }
  constexpr std::string_view kLetters = "bfnrt", kMeant = "\b\f\n\r\t";
  const size_t letter = kLetters.find(rest[1]);
  out += letter == kLetters.npos ? rest[1] : kMeant[letter];
  rest.remove_prefix(2);
}

}  // namespace

JsonView::JsonView(std::string_view text, const std::string& source) : text_(checked_json(text, source)) {}

std::string JsonView::shown() const { return shortened(text_); }

std::optional<int64_t> JsonView::integer() const {
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
  if (problem != std::errc() || end != text_.data() + text_.size()) return std::nullopt;
  return value;
}

double JsonView::number() const {
  TRIREME_CHECK(is_number(), "{} read as a number", shown());
  double value = 0;
  std::from_chars(text_.data(), text_.data() + text_.size(), value);
  return value;
}

std::string JsonView::string() const {
  TRIREME_CHECK(is_string(), "{} read as a string", shown());
  std::string out;
  out.reserve(text_.size() - 2);
  for (std::string_view rest = inside(); !rest.empty();) {
    const size_t plain = std::min(rest.find('\\'), rest.size());
    out += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (!rest.empty()) append_escaped(rest, out);
  }
  return out;
}

bool JsonView::says(std::string_view text) const {
  if (!is_string()) return false;
  return inside().find('\\') == text.npos ? inside() == text : string() == text;
}

std::optional<std::pair<JsonView, JsonView>> JsonView::pair() const {
  if (!is_array()) return std::nullopt;
  std::string_view rest = inside();
  const auto first = take(rest), second = take(rest);
  if (!second || take(rest)) return std::nullopt;
  return std::pair(*first, *second);
}

size_t JsonView::size() const {
  size_t values = 0;
  if (!is_array() && !is_object()) return values;
  for (std::string_view rest = inside(); take(rest);) ++values;
  return is_object() ? values / 2 : values;
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
  if (!is_object()) return std::nullopt;
  std::optional<JsonView> found;
  for (const JsonMember& member : members()) {
    if (member.key.says(key)) found = member.value;
  }
  return found;
}

void JsonView::for_each_dense_part(const std::function<void(std::string_view)>& take) const {
  size_t begin = 0;
  for (size_t at = 0; at < text_.size();) {
    const std::string_view rest = text_.substr(at);
    if (rest[0] == '"') {
      at += string_bytes(rest);
    } else if (kBlanks.find(rest[0]) == kBlanks.npos) {
      ++at;
    } else {
      take(text_.substr(begin, at - begin));
      at = begin = std::min(text_.find_first_not_of(kBlanks, at), text_.size());
    }
  }
  take(text_.substr(begin));
}

std::optional<JsonView> JsonView::take(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n,:"), rest.size()));
  if (rest.empty()) return std::nullopt;
  const JsonView value(rest.substr(0, value_bytes(rest)));
  rest.remove_prefix(value.text_.size());
  return value;
}

}  // namespace trireme::formats
