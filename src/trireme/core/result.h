#pragma once

#include <string>
#include <utility>
#include <variant>

#include "trireme/core/check.h"

namespace trireme {

/// Why an expected operation did not succeed, for Result.
struct Failure {
  std::string message;
};

/// A value, or why there is none: for outcomes a caller is expected to handle (parsing, probing, looking up).
/// What only the environment can cause is an exception instead.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT

  explicit operator bool() const { return state_.index() == 0; }
  /// REQUIRES: holds a value.
  T& operator*() { return value(); }
  T* operator->() { return &value(); }
  T& value() {
    TRIREME_CHECK(state_.index() == 0, "no value: {}", failure_text());
    return std::get<0>(state_);
  }
  /// REQUIRES: holds no value.
  const std::string& error() const { return std::get<1>(state_).message; }

 private:
  std::string failure_text() const { return state_.index() == 1 ? std::get<1>(state_).message : ""; }
  std::variant<T, Failure> state_;
};

}  // namespace trireme
