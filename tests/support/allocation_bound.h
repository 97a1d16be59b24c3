#pragma once

#include <gtest/gtest.h>

#include <string>

#include "support/allocation_meter.h"

namespace trireme::test {

/// What a parser may take of the heap at once: `per_byte` bytes for each of its file, and `fixed` for what does not
/// grow with it, such as messages and the buffers of libraries.
struct AllocationLimit {
  int64_t per_byte = 4;
  int64_t fixed = 16 << 10;
};

/// The tree of nlohmann, in its worst case: `{},` again and again. To three bytes of the text, an array that doubles
/// holds up to 32, the object itself takes 56, and the list through which the tree is destroyed 48. Real files take 4
/// to 14.
inline constexpr AllocationLimit kJsonTreeLimit = {.per_byte = 48};

/// Expects, at the end of its scope, that what went on in it kept the limit. Of the test's worst case, the report has
/// the percentage of what was allowed.
class AllocationBound {
 public:
  explicit AllocationBound(size_t file_bytes, AllocationLimit limit = {})
      : allowed_(limit.per_byte * static_cast<int64_t>(file_bytes) + limit.fixed) {}
  AllocationBound(const AllocationBound&) = delete;
  AllocationBound& operator=(const AllocationBound&) = delete;

  ~AllocationBound() {
    const int64_t peak = meter_.peak();
    EXPECT_LE(peak, allowed_) << "bytes of the heap for a file that is too small for them";
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
  AllocationMeter meter_;
};

}  // namespace trireme::test
