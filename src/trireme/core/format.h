#pragma once

#include <sstream>
#include <string>
#include <string_view>

namespace trireme {

namespace format_detail {

/// Copies text up to the next "{}" into `out` and drops it from `rest`, with the braces.
inline void copy_to_placeholder(std::ostringstream& out, std::string_view& rest) {
  const size_t at = rest.find("{}");
  out << rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 2);
}

template <class T>
void put(std::ostringstream& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out << (value ? "true" : "false");
  } else if constexpr (std::is_same_v<T, unsigned char> || std::is_same_v<T, signed char>) {
    out << static_cast<int>(value);
  } else {
    out << value;
  }
}

}  // namespace format_detail

/// Replaces each "{}" of `pattern` by the next argument, streamed. libstdc++ 12 has no <format>, and PyTorch's
/// bundled fmt clashes with Debian's, so this is all the formatting the project uses.
template <class... Args>
std::string format(std::string_view pattern, Args&&... args) {
  std::ostringstream out;
  std::string_view rest = pattern;
  ((format_detail::copy_to_placeholder(out, rest), format_detail::put(out, args)), ...);
  out << rest;
  return std::move(out).str();
}

/// The same. A literal matches it exactly, so that std::format of newer libraries, which arguments from std bring into
/// sight, never takes the call.
template <size_t N, class... Args>
std::string format(const char (&pattern)[N], Args&&... args) {
  return format(std::string_view(pattern), args...);
}

/// "1.5 GiB": a byte count for people.
std::string format_bytes(double bytes);
/// "1.2 M": a count for people, in powers of 1000.
std::string format_count(double count);
/// "3m 05s": a duration for people.
std::string format_seconds(double seconds);
/// A number with `digits` after the point.
std::string format_fixed(double value, int digits);

}  // namespace trireme
