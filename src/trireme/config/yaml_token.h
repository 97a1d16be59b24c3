#pragma once

#include <cstddef>
#include <string_view>

namespace trireme::config {

/// Whether the scalar at `at`, where its tag, anchor or first letter stands, has its closing quote. yaml-cpp takes the
/// end of the file for one. True for a scalar without quotes.
bool is_closed_scalar(std::string_view text, size_t at);

/// Whether the key at `at` of a table in block style has its ":" or was begun by "?". yaml-cpp takes a last line of
/// one word for a key.
bool is_whole_key(std::string_view text, size_t at);

}  // namespace trireme::config
