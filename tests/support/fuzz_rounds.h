#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "support/test_scale.h"
#include "trireme/core/clock.h"

namespace trireme::test {

/// Rounds of a fuzz test of a parser: `count` times the test scale, or as many as fit into TRIREME_TEST_FUZZ_SECONDS
/// where that is set.
class FuzzRounds {
 public:
  explicit FuzzRounds(int count) : count_(int64_t{count} * test_scale()) {}

  ~FuzzRounds() { ::testing::Test::RecordProperty("rounds", std::to_string(begun_)); }

  bool next() {
    const bool more = seconds_ ? watch_.seconds() < static_cast<double>(*seconds_) : begun_ < count_;
    begun_ += more ? 1 : 0;
    return more;
  }

 private:
  std::optional<int64_t> seconds_ = env_int("TRIREME_TEST_FUZZ_SECONDS");
  Stopwatch watch_;
  int64_t count_;
  int64_t begun_ = 0;
};

}  // namespace trireme::test
