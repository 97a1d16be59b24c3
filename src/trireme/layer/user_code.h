#pragma once

#include <c10/util/Exception.h>

#include <string>

#include "trireme/core/error.h"

namespace trireme::layer {

/// Runs code that a user wrote, which may throw anything: what is no Error of ours becomes a ConfigError that says what
/// failed ("module conv"), since it is no bug of trireme.
template <class Body>
auto run_user_code(const std::string& what, const Body& body) {
  try {
    return body();
  } catch (const Error&) {
    throw;
  } catch (const c10::Error& error) {
    throw ConfigError(format("{} failed: {}", what, error.what_without_backtrace()));
  } catch (const std::exception& error) {
    throw ConfigError(format("{} failed: {}", what, error.what()));
  }
}

}  // namespace trireme::layer
