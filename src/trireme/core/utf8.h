#pragma once

#include <string>
#include <string_view>

namespace trireme {

/// Length of the longest valid UTF-8 prefix (RFC 3629: no surrogates, no overlong forms, nothing above
/// U+10FFFF).
size_t valid_utf8_prefix(std::string_view text);
/// `text` with U+FFFD for each maximal part of a broken sequence (Unicode 15, section 3.9; what Rust's
/// from_utf8_lossy does).
std::string replace_invalid_utf8(std::string_view text);
/// `text` for a message: of a long one the beginning, and "…".
std::string shortened(std::string_view text);

}  // namespace trireme
