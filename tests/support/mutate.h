#pragma once

#include <random>
#include <string>

namespace trireme::test {

/// `text` after a few random edits: letters replaced, removed, repeated or moved, or the end cut off.
inline std::string mutate(std::string text, std::mt19937& random) {
  const std::string letters("[]{}=.,\"'#\n\\ -+_0e9aZ\x00\xff\xc3", 24);
  const auto pick = [&](size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); };
  for (size_t edits = 1 + pick(6); edits > 0 && !text.empty(); --edits) {
    const size_t at = pick(text.size());
    switch (pick(5)) {
      case 0: text[at] = letters[pick(letters.size())]; break;
      case 1: text.erase(at, 1 + pick(8)); break;
      case 2: text.insert(at, 1 + pick(3), letters[pick(letters.size())]); break;
      case 3: text.insert(at, text.substr(pick(text.size()), pick(30))); break;
      default: text.resize(at); break;
    }
  }
  return text;
}

}  // namespace trireme::test
