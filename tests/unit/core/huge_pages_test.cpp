#include "trireme/core/huge_pages.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace trireme {

namespace {

/// KiB of this process in huge pages.
int64_t huge_kib() {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string word; file >> word;)
    if (word == "AnonHugePages:") return file >> word ? std::stoll(word) : 0;
  return 0;
}

TEST(HugePages, HoldWhatWasThere) {
  constexpr size_t kBytes = 16 << 20, kFirst = 4096 + 3;  // on no border
  auto* const memory =
      static_cast<char*>(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(memory, MAP_FAILED);
  ::madvise(memory, kBytes, MADV_NOHUGEPAGE);
  for (size_t i = 0; i < kBytes; ++i) memory[i] = static_cast<char>(i % 251);
  ::madvise(memory, kBytes, MADV_HUGEPAGE);  // undoes the refusal, and moves nothing
  const int64_t before = huge_kib();
  use_huge_pages(memory + kFirst, kBytes - kFirst);
  EXPECT_GT(huge_kib(), before) << "Linux before 6.1, or no free huge page";
  for (size_t i = 0; i < kBytes; ++i) ASSERT_EQ(memory[i], static_cast<char>(i % 251)) << i;
  ::munmap(memory, kBytes);
}

TEST(HugePages, AreNotForLessThanOne) {
  std::vector<char> memory(1000, 'x');
  use_huge_pages(memory.data(), memory.size());
  use_huge_pages(memory.data(), 0);
  EXPECT_EQ(std::ranges::count(memory, 'x'), 1000);
}

}  // namespace

}  // namespace trireme
