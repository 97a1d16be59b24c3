#define PCRE2_CODE_UNIT_WIDTH 8
#include "trireme/data/tokenizers/regex.h"

#include <pcre2.h>
#include <array>
#include <cctype>

#include "trireme/core/check.h"
#include "trireme/core/error.h"

namespace trireme::data {

namespace {

constexpr size_t kJitStackStart = 32 * 1024;
constexpr size_t kJitStackLimit = 8 * 1024 * 1024;

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

PCRE2_SPTR code_units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

}  // namespace

struct Regex::Impl {
  pcre2_code* code = nullptr;
  ~Impl() { pcre2_code_free(code); }
};

Regex::Regex(const std::string& pattern) : impl_(std::make_unique<Impl>()) {
  int problem = 0;
  PCRE2_SIZE offset = 0;
  impl_->code = pcre2_compile(code_units(pattern), pattern.size(), PCRE2_UTF | PCRE2_UCP, &problem, &offset, nullptr);
  if (!impl_->code) {
    throw ConfigError(format("bad split pattern at byte {}: {}: {}", offset, message_of(problem), pattern));
  }
  problem = pcre2_jit_compile(impl_->code, PCRE2_JIT_COMPLETE);
  // Without a JIT for this processor PCRE2 interprets the pattern: the same matches, slower.
  TRIREME_CHECK(problem == 0 || problem == PCRE2_ERROR_JIT_BADOPTION, "{}", message_of(problem));
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

struct RegexMatcher::Impl {
  const pcre2_code* code;
  pcre2_match_data* match;
  pcre2_match_context* context;
  pcre2_jit_stack* stack;

  explicit Impl(const pcre2_code* compiled)
      : code(compiled),
        match(pcre2_match_data_create(1, nullptr)),
        context(pcre2_match_context_create(nullptr)),
        stack(pcre2_jit_stack_create(kJitStackStart, kJitStackLimit, nullptr)) {
    pcre2_jit_stack_assign(context, nullptr, stack);
  }
  ~Impl() {
    pcre2_jit_stack_free(stack);
    pcre2_match_context_free(context);
    pcre2_match_data_free(match);
  }
};

RegexMatcher::RegexMatcher(const Regex& regex) : impl_(std::make_unique<Impl>(regex.impl_->code)) {}
RegexMatcher::~RegexMatcher() = default;
RegexMatcher::RegexMatcher(RegexMatcher&&) noexcept = default;

std::optional<MatchRange> RegexMatcher::find(std::string_view text, size_t from) {
  const int result =
      pcre2_match(impl_->code, code_units(text), text.size(), from, PCRE2_NO_UTF_CHECK, impl_->match, impl_->context);
  if (result == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (result < 0) throw ConfigError(format("can't split the text at byte {}: {}", from, message_of(result)));
  const PCRE2_SIZE* range = pcre2_get_ovector_pointer(impl_->match);
  return MatchRange{range[0], range[1]};
}

std::string escape_for_regex(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && !std::isalnum(byte)) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace trireme::data
