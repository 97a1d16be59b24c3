#pragma once

#include <gtest/gtest.h>
#include <string>

namespace trireme::test {

/// The message of the `Exception` that `action` throws; a failure, and "", when it throws none or another.
template <class Exception, class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const Exception& problem) {
    return problem.what();
  } catch (const std::exception& problem) {
    ADD_FAILURE() << "another exception: " << problem.what();
    return {};
  }
  ADD_FAILURE() << "no exception";
  return {};
}

inline void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "\"" << part << "\" is not in: " << text;
}

}  // namespace trireme::test

/// Runs `statement` and expects an `Exception` whose message contains `part`.
#define EXPECT_ERROR(Exception, part, statement) \
  ::trireme::test::expect_contains(::trireme::test::message_of<Exception>([&] { statement; }), part)
