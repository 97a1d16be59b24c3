#pragma once

#include <string>
#include <string_view>

namespace trireme::cloud {

/// `text` as one word of a POSIX shell, which reads it back unchanged whatever it holds. REQUIRES: no NUL byte, which
/// no word can hold.
std::string shell_quote(std::string_view text);

}  // namespace trireme::cloud
