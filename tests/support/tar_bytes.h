#pragma once

#include <cstdio>
#include <string>

namespace trireme::test {

/// A member of a POSIX ustar file: header, contents, padding to 512 bytes. `claimed` is the size in the header.
inline std::string tar_member(const std::string& name, const std::string& text, size_t claimed, char type = '0') {
  std::string header(512, '\0');
  const auto put = [&](size_t at, const std::string& field) { header.replace(at, field.size(), field); };
  const auto octal = [](size_t value) {
    char digits[16];
    std::snprintf(digits, sizeof digits, "%011zo", value);
    return std::string(digits);
  };
  put(0, name), put(100, "0000644"), put(108, "0000000"), put(116, "0000000"), put(124, octal(claimed));
  put(136, octal(0)), put(148, "        "), put(156, std::string(1, type)), put(257, std::string("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char checksum[8];
  std::snprintf(checksum, sizeof checksum, "%06o", sum);
  put(148, checksum);
  std::string padded = text;
  padded.resize((text.size() + 511) / 512 * 512);
  return header + padded;
}
inline std::string tar_member(const std::string& name, const std::string& text) {
  return tar_member(name, text, text.size());
}
inline std::string tar_end() { return std::string(1024, '\0'); }

}  // namespace trireme::test
