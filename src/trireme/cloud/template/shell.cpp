#include "trireme/cloud/template/shell.h"

#include <algorithm>

#include "trireme/core/check.h"

namespace trireme::cloud {

namespace {

/// Characters that mean themselves in every position of a word.
bool is_plain(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         std::string_view("_-./:,+@%").find(letter) != std::string_view::npos;
}

}  // namespace

std::string shell_quote(std::string_view text) {
  TRIREME_CHECK(text.find('\0') == std::string_view::npos, "a word of a shell can't hold a NUL byte");
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? "'\\''" : std::string(1, letter);
  return quoted + "'";
}

}  // namespace trireme::cloud
