#pragma once

#include <string>

namespace trireme::cli {

/// `text` with \n, \t, \r, \\ replaced by what they stand for, so that a shell can pass them. Throws
/// UsageError for any other use of a backslash.
std::string unescape(const std::string& text);

}  // namespace trireme::cli
