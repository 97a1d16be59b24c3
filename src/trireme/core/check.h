#pragma once

#include "trireme/core/error.h"

namespace trireme::check_detail {
[[noreturn]] void fail(const char* expression, const char* file, int line, const std::string& message);
}  // namespace trireme::check_detail

/// Throws BugError when `condition` is false. On in every build. Says what must hold for the code to make sense;
/// user input and the environment have exceptions of their own (docs/errors.md).
#define TRIREME_CHECK(condition, ...)                                                                \
  do {                                                                                               \
    if (!(condition)) [[unlikely]]                                                                   \
      ::trireme::check_detail::fail(#condition, __FILE__, __LINE__, ::trireme::format(__VA_ARGS__)); \
  } while (false)
