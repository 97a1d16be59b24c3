#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace trireme::config {

/// Whether the scalar at `at`, where its tag, anchor or first letter stands, has its closing quote. yaml-cpp takes the
/// end of the file for one. True for a scalar without quotes.
bool is_closed_scalar(std::string_view text, size_t at);

/// The tag at `at` or behind the anchor there, with all that stands up to a blank; empty when there is none. yaml-cpp
/// lets a tag end at a bracket or a comma, which belong to it in YAML 1.1.
std::string_view tag_token(std::string_view text, size_t at);

/// `scalar` as UTF-8. yaml-cpp makes single bytes of the escapes "\N" and "\_".
std::string repaired(const std::string& scalar);

/// Whether the key at `at` of a table in block style has its ":" or was begun by "?". yaml-cpp takes a last line of
/// one word for a key.
bool is_whole_key(std::string_view text, size_t at);

}  // namespace trireme::config
