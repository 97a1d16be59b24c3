#include "trireme/config/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>

namespace trireme::config {

namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kDigitsAndBars = "0123456789_";

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// Matches a pattern from left to right.
class Scan {
 public:
  explicit Scan(std::string_view text) : rest_(text) {}

  /// Up to `most` letters of `set`: how many there were.
  size_t many(std::string_view set, size_t most = std::string_view::npos) {
    const size_t end = std::min({rest_.find_first_not_of(set), rest_.size(), most});
    rest_.remove_prefix(end);
    return end;
  }
  bool one(std::string_view set) { return many(set, 1) == 1; }
  bool exactly(size_t count, std::string_view set) { return many(set, count) == count; }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

std::string without_bars(std::string_view text) {
  std::string clean(text);
  clean.erase(std::remove(clean.begin(), clean.end(), '_'), clean.end());
  return clean;
}

bool consists_of(std::string_view text, std::string_view set) {
  return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}

/// [0-9][0-9_]*(:[0-5]?[0-9])+
bool is_sexagesimal(std::string_view text) {
  Scan scan(text);
  if (!scan.one(kDigits)) return false;
  scan.many(kDigitsAndBars);
  if (scan.done()) return false;
  while (!scan.done()) {
    if (!scan.one(":")) return false;
    const bool ten = scan.one("012345");
    if (!scan.one(kDigits) && !ten) return false;
  }
  return true;
}

/// The base of an integer without its sign, or 0 when it is none. 60 stands for "12:30:45".
int base_of(std::string_view text) {
  if (text == "0") return 10;
  if (text.substr(0, 2) == "0b" && consists_of(text.substr(2), "01_")) return 2;
  if (text.substr(0, 2) == "0x" && consists_of(text.substr(2), "0123456789abcdefABCDEF_")) return 16;
  if (text[0] == '0') return consists_of(text.substr(1), "01234567_") ? 8 : 0;
  if (text[0] == '_') return 0;
  if (consists_of(text, kDigitsAndBars)) return 10;
  return is_sexagesimal(text) ? 60 : 0;
}

int digit_value(char digit) { return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10; }

/// Digits with a base up to 16, or parts of one or two decimal digits to the base of 60.
std::optional<int64_t> integer(std::string_view text, bool negative, int base) {
  const std::string digits = without_bars(text.substr(base == 2 || base == 16 ? 2 : base == 8 ? 1 : 0));
  if (digits.empty() && base != 8) return std::nullopt;
  __int128 value = 0;
  __int128 part = 0;
  for (const char digit : digits) {
    if (digit == ':') {
      value = (value + part) * 60;
      part = 0;
    } else {
      part = part * (base == 60 ? 10 : base) + digit_value(digit);
    }
    if (value + part > __int128{std::numeric_limits<int64_t>::max()} + 1) return std::nullopt;
  }
  value = negative ? -(value + part) : value + part;
  if (value > std::numeric_limits<int64_t>::max()) return std::nullopt;
  return static_cast<int64_t>(value);
}

/// [0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?, or \.[0-9][0-9_]*([eE][-+][0-9]+)? without a sign.
bool is_decimal(std::string_view text, bool has_sign) {
  Scan scan(text);
  if (scan.one(kDigits)) {
    scan.many(kDigitsAndBars);
    if (!scan.one(".")) return false;
    scan.many(kDigitsAndBars);
  } else {
    if (has_sign || !scan.one(".") || !scan.one(kDigits)) return false;
    scan.many(kDigitsAndBars);
  }
  if (scan.one("eE") && !(scan.one("-+") && scan.many(kDigits) > 0)) return false;
  return scan.done();
}

std::optional<double> parse_double(const std::string& text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// "12:30:45.5"
bool is_sexagesimal_float(std::string_view text) {
  const size_t point = text.find('.');
  return point != std::string_view::npos && is_sexagesimal(text.substr(0, point)) &&
         text.find_first_not_of(kDigitsAndBars, point + 1) == std::string_view::npos;
}

double sexagesimal_float(std::string_view text) {
  const std::string clean = without_bars(text);
  double value = 0;
  for (size_t begin = 0; begin <= clean.size();) {
    const size_t end = std::min(clean.find(':', begin), clean.size());
    value = value * 60 + parse_double(clean.substr(begin, end - begin)).value_or(0);
    begin = end + 1;
  }
  return value;
}

/// [0-9]{4}-[0-9]{2}-[0-9]{2}
bool is_date(std::string_view text) {
  Scan scan(text);
  return scan.exactly(4, kDigits) && scan.one("-") && scan.exactly(2, kDigits) && scan.one("-") &&
         scan.exactly(2, kDigits) && scan.done();
}

/// 2010-9-9T1:02:03.5 +01:00, with one or more blanks in place of the T.
bool is_date_and_time(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  Scan scan(text);
  if (!scan.exactly(4, kDigits) || !scan.one("-") || scan.many(kDigits, 2) == 0) return false;
  if (!scan.one("-") || scan.many(kDigits, 2) == 0) return false;
  if (!scan.one("Tt") && scan.many(kBlanks) == 0) return false;
  if (scan.many(kDigits, 2) == 0 || !scan.one(":") || !scan.exactly(2, kDigits)) return false;
  if (!scan.one(":") || !scan.exactly(2, kDigits)) return false;
  if (scan.one(".")) scan.many(kDigits);
  if (scan.done()) return true;
  scan.many(kBlanks);
  if (scan.one("Z")) return scan.done();
  if (!scan.one("-+") || scan.many(kDigits, 2) == 0) return false;
  return scan.done() || (scan.one(":") && scan.exactly(2, kDigits) && scan.done());
}

}  // namespace

std::optional<Value::Data> resolve_plain(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return Null{};
  if (is_one_of(text, {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})) return true;
  if (is_one_of(text, {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) return false;
  if (is_date(text)) return OtherValue{"date"};
  if (is_date_and_time(text)) return OtherValue{"date and time"};

  const std::string_view body = without_sign(text);
  const bool has_sign = body.size() < text.size();
  const bool negative = text[0] == '-';
  if (body.empty()) return std::string(text);
  if (const int base = base_of(body); base > 0) return integer(body, negative, base);
  if (is_one_of(body, {".inf", ".Inf", ".INF"})) return negative ? -INFINITY : INFINITY;
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  if (is_decimal(body, has_sign)) {
    const std::optional<double> number = parse_double(without_bars(body));
    if (!number) return std::nullopt;
    return negative ? -*number : *number;
  }
  if (is_sexagesimal_float(body)) return negative ? -sexagesimal_float(body) : sexagesimal_float(body);
  return std::string(text);
}

}  // namespace trireme::config
