#pragma once

#include <optional>

#include "support/test_scale.h"
#include "trireme/core/clock.h"

namespace trireme::test {

/// Rounds of a fuzz test of a parser: `count` times the test scale, or as many as fit into TRIREME_TEST_FUZZ_SECONDS
/// where that is set.
class FuzzRounds {
 public:
  explicit FuzzRounds(int count) : left_(count * test_scale()) {}

  bool next() { return seconds_ ? watch_.seconds() < static_cast<double>(*seconds_) : left_-- > 0; }

 private:
  std::optional<int64_t> seconds_ = env_int("TRIREME_TEST_FUZZ_SECONDS");
  Stopwatch watch_;
  int left_;
};

}  // namespace trireme::test
