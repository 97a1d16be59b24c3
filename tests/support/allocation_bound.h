#pragma once

#include <gtest/gtest.h>

#include <string>

#include "support/allocation_meter.h"

namespace trireme::test {

/// What a parser may take of the heap at once: `per_byte` bytes for each of its file, and `fixed` for what does not
/// grow with it, such as messages and the buffers of libraries. Whatever all blocks together may take, the
/// largest takes no more than the default of `per_byte`.
struct AllocationLimit {
  int64_t per_byte = 4;
  int64_t fixed = 16 << 10;
};

/// Expects, at the end of its scope, that what went on in it kept the limit. Of the test's worst case, the report has
/// the percentage of what was allowed.
class AllocationBound {
 public:
  explicit AllocationBound(size_t file_bytes, AllocationLimit limit = {})
      : allowed_(limit.per_byte * static_cast<int64_t>(file_bytes) + limit.fixed),
        allowed_block_(AllocationLimit{}.per_byte * static_cast<int64_t>(file_bytes) + limit.fixed) {}
  AllocationBound(const AllocationBound&) = delete;
  AllocationBound& operator=(const AllocationBound&) = delete;

  ~AllocationBound() {
    const int64_t peak = meter_.peak();
    EXPECT_LE(peak, allowed_) << "bytes of the heap for a file that is too small for them";
    EXPECT_LE(meter_.largest(), allowed_block_) << "bytes of one block for a file that is too small for them";
    record(100 * peak / allowed_);
  }

 private:
  static void record(int64_t percent) {
    static const ::testing::TestInfo* test = nullptr;
    static int64_t worst = 0;
    const auto* current = ::testing::UnitTest::GetInstance()->current_test_info();
    if (current == test && percent <= worst) return;
    test = current;
    worst = percent;
    ::testing::Test::RecordProperty("percent_of_allowed_heap", std::to_string(worst));
  }

  int64_t allowed_;
  int64_t allowed_block_;
  AllocationMeter meter_;
};

}  // namespace trireme::test
