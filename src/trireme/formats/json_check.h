#pragma once

#include <string>
#include <string_view>

namespace trireme::formats {

/// The one JSON value that `text` holds, without blanks around it. Throws FormatError with `source`, line and column
/// for what is not JSON (RFC 8259), for text that is not UTF-8, numbers that no double holds and values nested too
/// deep.
std::string_view checked_json(std::string_view text, const std::string& source);

}  // namespace trireme::formats
