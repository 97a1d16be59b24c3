#include "trireme/comm/shm/arena.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <algorithm>
#include <memory>
#include <vector>

#include "trireme/core/huge_pages.h"

namespace trireme::comm::shm {

namespace {

constexpr int64_t kFirst = 12288, kSize = 16 * kHugePageBytes;

std::shared_ptr<Arena> make_arena() {
  const UniqueFd file(::memfd_create("arena_test", MFD_CLOEXEC));
  return std::make_shared<Arena>(std::make_shared<Mapping>(file.get(), kFirst + kSize), kFirst, kSize, Bytes(kSize));
}

int64_t place_of(Memory& memory) { return reinterpret_cast<int64_t>(memory.bytes().data()); }

TEST(Arena, LargePiecesBeginOnTheBorderOfAHugePage) {
  const auto arena = make_arena();
  const auto small = arena->allocate(Bytes(100)), large = arena->allocate(Bytes(kHugePageBytes + 1));
  EXPECT_EQ(place_of(*large) % kHugePageBytes, 0);
  EXPECT_EQ(std::ssize(large->bytes()), kHugePageBytes + 1);

  const auto between = arena->allocate(Bytes(5000));  // what lies before a large piece is not lost
  EXPECT_GT(place_of(*between), place_of(*small));
  EXPECT_LT(place_of(*between), place_of(*large));
}

TEST(Arena, PiecesDontOverlap) {
  const auto arena = make_arena();
  std::vector<std::unique_ptr<Memory>> pieces;
  for (const int64_t size : {1L, kHugePageBytes, 4097L, 2 * kHugePageBytes, 8192L, kHugePageBytes + 1, 4096L})
    pieces.push_back(arena->allocate(Bytes(size)));
  for (size_t i = 0; i < pieces.size(); ++i) std::ranges::fill(pieces[i]->bytes(), static_cast<std::byte>(i + 1));
  for (size_t i = 0; i < pieces.size(); ++i)
    EXPECT_EQ(std::ranges::count(pieces[i]->bytes(), static_cast<std::byte>(i + 1)), std::ssize(pieces[i]->bytes()));
}

}  // namespace

}  // namespace trireme::comm::shm
