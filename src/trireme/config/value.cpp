#include "trireme/config/value.h"

#include <array>
#include <charconv>
#include <cmath>

#include "trireme/core/check.h"

namespace trireme::config {

namespace {

struct Describer {
  std::string operator()(bool value) const { return format("boolean {}", value); }
  std::string operator()(int64_t value) const { return format("integer {}", value); }
  std::string operator()(double value) const {
    return std::isfinite(value) ? "float " + float_text(value) : format("float {}", value);
  }
  std::string operator()(const std::string& value) const { return "string " + quote(value); }
  std::string operator()(const Array&) const { return "an array"; }
  std::string operator()(const Table&) const { return "a table"; }
  std::string operator()(const OtherValue& value) const { return "a " + value.kind; }
  std::string operator()(Null) const { return "null"; }
};

std::string escape(unsigned char letter) {
  switch (letter) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\t': return "\\t";
    case '\r': return "\\r";
    default: break;
  }
  if (letter >= 0x20 && letter != 0x7f) return std::string(1, static_cast<char>(letter));
  constexpr std::string_view kHex = "0123456789ABCDEF";
  return std::string("\\u00") + kHex[letter >> 4] + kHex[letter & 15];
}

}  // namespace

std::string Value::describe() const { return std::visit(Describer(), data); }

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char letter : text) quoted += escape(static_cast<unsigned char>(letter));
  return quoted + "\"";
}

std::string float_text(double value) {
  TRIREME_CHECK(std::isfinite(value), "a float option holds {}", value);
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string text(digits.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace trireme::config
