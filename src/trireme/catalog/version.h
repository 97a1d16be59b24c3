#pragma once

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/core/result.h"

namespace trireme::catalog {

/// A version as programs print it: numbers separated by points, after an optional "v", before an optional suffix:
/// "1.16.3-aws", "v2.27.7-1", "5.15.0-1084-aws", "2.4.0amzn5.0". Only the numbers are compared; a missing one is 0, so
/// 12 equals 12.0, and package revisions make no difference.
class Version {
 public:
  static Result<Version> parse(std::string_view text);

  /// As it was given.
  const std::string& text() const { return text_; }
  /// Its suffix names an alpha, beta, release candidate or development build.
  bool prerelease() const;

  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const { return (*this <=> other) == 0; }

 private:
  std::string text_;
  std::vector<int64_t> numbers_;
  std::string suffix_;
};

inline std::ostream& operator<<(std::ostream& out, const Version& version) { return out << version.text(); }

}  // namespace trireme::catalog
