#include "trireme/catalog/version.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace trireme::catalog {

namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool may_start_suffix(char letter) {
  return std::isalpha(static_cast<unsigned char>(letter)) || std::string_view("-+~_").find(letter) != std::string::npos;
}

bool may_follow_in_suffix(char letter) { return may_start_suffix(letter) || is_digit(letter) || letter == '.'; }

Failure bad(std::string_view text) { return {format("\"{}\" is no version; one looks like 1.16.3 or 2.27.5-1", text)}; }

}  // namespace

Result<Version> Version::parse(std::string_view text) {
  Version version;
  version.text_ = text;
  const char* at = text.data();
  const char* const end = at + text.size();
  if (at != end && (*at == 'v' || *at == 'V')) ++at;
  while (true) {
    if (at == end || !is_digit(*at)) return bad(text);
    int64_t number = 0;
    const auto [after, problem] = std::from_chars(at, end, number);
    if (problem != std::errc()) return bad(text);
    version.numbers_.push_back(number);
    at = after;
    if (at == end || *at != '.') break;
    ++at;
  }
  version.suffix_.assign(at, end);
  const std::string& suffix = version.suffix_;
  if (!suffix.empty() && !may_start_suffix(suffix[0])) return bad(text);
  if (!std::all_of(suffix.begin(), suffix.end(), may_follow_in_suffix)) return bad(text);
  return version;
}

bool Version::prerelease() const {
  const size_t start = suffix_.find_first_not_of("-+~_.");
  if (start == std::string::npos) return false;
  const std::string word = suffix_.substr(start);
  return std::ranges::any_of(std::initializer_list<std::string_view>{"alpha", "beta", "rc", "dev", "pre"},
                             [&](std::string_view mark) { return word.starts_with(mark); });
}

std::strong_ordering Version::operator<=>(const Version& other) const {
  const auto number = [](const Version& version, size_t part) {
    return part < version.numbers_.size() ? version.numbers_[part] : 0;
  };
  for (size_t part = 0; part < std::max(numbers_.size(), other.numbers_.size()); ++part) {
    const auto order = number(*this, part) <=> number(other, part);
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

}  // namespace trireme::catalog
