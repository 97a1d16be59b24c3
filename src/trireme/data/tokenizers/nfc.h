#pragma once

#include <string>
#include <string_view>

namespace trireme::data {

/// `text` in Unicode's normalization form C (UAX #15, by utf8proc): `text` itself where nothing changes, else a view
/// of `buffer`. REQUIRES: valid UTF-8.
std::string_view to_nfc(std::string_view text, std::string& buffer);

}  // namespace trireme::data
