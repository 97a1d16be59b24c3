#include "trireme/formats/json_check.h"

#include <algorithm>
#include <charconv>

#include "trireme/core/error.h"
#include "trireme/core/utf8.h"

namespace trireme::formats {

namespace {

constexpr int kMaxDepth = 64;  // no file of the field nests deeper, and each level takes of the stack

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Checker {
 public:
  Checker(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  std::string_view run() {
    if (text_.empty()) throw FormatError(format("{}: empty, expected JSON", source_));
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark
    const size_t valid = valid_utf8_prefix(text_);
    if (valid != text_.size()) fail_at(valid, "the text is not UTF-8");
    skip_blanks();
    const size_t begin = at_;
    value(0);
    const size_t end = at_;
    skip_blanks();
    if (at_ != text_.size()) fail("expected the end");
    return text_.substr(begin, end - begin);
  }

 private:
  /// 0, which no token holds, stands for the end.
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c, const char* what) {
    if (!take(c)) fail(format("expected {}", what));
  }
  void skip_blanks() {
    while (next() == ' ' || next() == '\n' || next() == '\t' || next() == '\r') ++at_;
  }

  void value(int depth) {
    if (depth > kMaxDepth) throw FormatError(format("{}: nested deeper than {}", source_, kMaxDepth));
    switch (next()) {
      case '{': return items('}', "',' or '}'", [&] { member(depth + 1); });
      case '[': return items(']', "',' or ']'", [&] { value(depth + 1); });
      case '"': return string();
      case 't': return literal("true");
      case 'f': return literal("false");
      case 'n': return literal("null");
      default: return number();
    }
  }

  template <class Item>
  void items(char close, const char* expected, Item item) {
    ++at_;
    skip_blanks();
    if (take(close)) return;
    while (true) {
      item();
      skip_blanks();
      if (take(close)) return;
      expect(',', expected);
      skip_blanks();
    }
  }

  void member(int depth) {
    if (next() != '"') fail("expected a key");
    string();
    skip_blanks();
    expect(':', "':'");
    skip_blanks();
    value(depth);
  }

  void literal(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) fail("expected a value");
    at_ += word.size();
  }

  void digits() {
    if (!is_digit(next())) fail("expected a digit");
    while (is_digit(next())) ++at_;
  }

  void number() {
    const size_t begin = at_;
    const bool negative = take('-');
    if (!negative && !is_digit(next()))
      fail(at_ == text_.size() ? "expected a value, found the end" : "expected a value");
    if (!take('0')) digits();
    if (take('.')) digits();
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      digits();
    }
    double value = 0;
    const auto problem = std::from_chars(text_.data() + begin, text_.data() + at_, value).ec;
    if (problem == std::errc::result_out_of_range) fail_at(begin, "number overflow: no double holds it");
  }

  void string() {
    const size_t begin = at_++;
    while (next() != '"') {
      const auto c = static_cast<unsigned char>(next());
      if (at_ == text_.size()) fail_at(begin, "a string that does not end");
      if (c < 0x20) fail("a control character in a string, which must be escaped");
      ++at_;
      if (c == '\\') escape();
    }
    ++at_;
  }

  void escape() {
    if (take('u')) {
      const unsigned unit = hex_unit();
      if (unit >= 0xDC00 && unit < 0xE000) fail("half a surrogate pair");
      if (unit < 0xD800 || unit >= 0xE000) return;
      if (!take('\\') || !take('u')) fail("half a surrogate pair");
      const unsigned low = hex_unit();
      if (low < 0xDC00 || low >= 0xE000) fail("half a surrogate pair");
      return;
    }
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    if (kEscapes.find(next()) == kEscapes.npos) fail("an unknown escape");
    ++at_;
  }

  unsigned hex_unit() {
    unsigned unit = 0;
    const std::string_view hex = text_.substr(at_, 4);
    const auto [end, problem] = std::from_chars(hex.data(), hex.data() + hex.size(), unit, 16);
    if (problem != std::errc() || end != hex.data() + 4) fail("expected four hexadecimal digits");
    at_ += 4;
    return unit;
  }

  [[noreturn]] void fail(const std::string& what) const { fail_at(at_, what); }
  [[noreturn]] void fail_at(size_t at, const std::string& what) const {
    const std::string_view before = text_.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t column = at - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    throw FormatError(format("{}: not JSON: {} (line {}, column {})", source_, what, line, column));
  }

  std::string_view text_;
  const std::string& source_;
  size_t at_ = 0;
};

}  // namespace

std::string_view checked_json(std::string_view text, const std::string& source) { return Checker(text, source).run(); }

}  // namespace trireme::formats
