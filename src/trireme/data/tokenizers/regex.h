#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace trireme::data {

struct MatchRange {
  size_t begin = 0;
  size_t end = 0;
};

/// A compiled PCRE2 expression with UTF, UCP and the JIT. Immutable, shared by threads.
class Regex {
 public:
  /// Throws ConfigError with PCRE2's message and the offset.
  explicit Regex(const std::string& pattern);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

 private:
  friend class RegexMatcher;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Scratch of one thread that matches a Regex, which must outlive it.
class RegexMatcher {
 public:
  explicit RegexMatcher(const Regex& regex);
  ~RegexMatcher();
  RegexMatcher(RegexMatcher&&) noexcept;

  /// First match at or after byte `from`. REQUIRES: `text` is valid UTF-8 and `from` begins a character.
  std::optional<MatchRange> find(std::string_view text, size_t from);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// `text` with everything that means something in a pattern escaped.
std::string escape_for_regex(std::string_view text);

}  // namespace trireme::data
