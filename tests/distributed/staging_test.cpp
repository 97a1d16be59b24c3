#include "trireme/comm/shared/staging.h"

#include <gtest/gtest.h>

#include <memory>

#include "trireme/comm/pages.h"

namespace trireme::comm {
namespace {

constexpr int kMembers = 2;

class Heap final : public SharedSpace {
 public:
  std::string_view kind() const override { return "heap"; }
  int64_t offset_of(const void* data, int64_t) const override { return reinterpret_cast<int64_t>(data); }
  std::byte* at(int64_t offset) const override { return reinterpret_cast<std::byte*>(offset); }
  bool may_read() const override { return false; }
  std::unique_ptr<Memory> allocate(Bytes size) override { return allocate_pages(size); }
  std::byte* allocate_control(int64_t bytes) override {
    made_.push_back(allocate_pages(Bytes(bytes)));
    return made_.back()->bytes().data();
  }

 private:
  std::vector<std::unique_ptr<Memory>> made_;
};

TEST(StagingAreas, LendAnAreaAgainOnceAllMembersHaveDoneTheRounds) {
  Heap heap;
  ControlBlock* group = ControlBlock::make(heap.allocate_control(ControlBlock::bytes(kMembers)), kMembers);
  StagingAreas areas;
  std::byte* const first = areas.take(heap, 64);
  areas.give_back(first, *group, /*rounds=*/3);
  group->member(0).rounds_done = 3;
  group->member(1).rounds_done = 2;
  EXPECT_NE(areas.take(heap, 64), first);
  group->member(1).rounds_done = 3;
  EXPECT_EQ(areas.take(heap, 64), first);
  EXPECT_NE(areas.take(heap, 64), first);
}

}  // namespace
}  // namespace trireme::comm
