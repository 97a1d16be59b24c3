#pragma once

#include <cstdint>
#include <string>

namespace trireme::cli {

/// Bytes of "5GB", "200MB", "4KiB" or a plain number. Throws UsageError naming `option`.
int64_t parse_size(const std::string& option, const std::string& text);

}  // namespace trireme::cli
