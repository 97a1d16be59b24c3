#pragma once

#include <string_view>

#include "trireme/data/tokenizers/unicode.h"

namespace trireme::data {

/// How pieces write a space.
constexpr std::string_view kPieceSpace = "\u2581";

/// Calls `take(at, pair)` for every byte `at` where a character ends and another begins. `pair` is made of the last
/// byte of the one and the first of the other, with a space for U+2581, so that spaces are told from other characters.
template <class Take>
void for_each_boundary(std::string_view text, Take take) {
  unsigned previous = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t here = at;
    const bool space = text.substr(at).starts_with(kPieceSpace);
    next_character(text, at);
    const auto byte = [&](size_t i) { return space ? ' ' : static_cast<unsigned char>(text[i]); };
    if (here > 0) take(here, previous << 8 | byte(here));
    previous = byte(at - 1);
  }
}

}  // namespace trireme::data
