#pragma once

#include <string_view>

namespace trireme {

/// One name, without a folder: not empty, ".", "..", and without '/' and NUL.
inline bool is_plain_name(std::string_view name) {
  constexpr std::string_view kForbidden("/\0", 2);
  return !name.empty() && name != "." && name != ".." && name.find_first_of(kForbidden) == name.npos;
}

}  // namespace trireme
