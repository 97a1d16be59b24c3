#include "trireme/supervise/status_board.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <thread>

#include "trireme/core/error.h"

namespace trireme::supervise {
namespace {

/// Zeroed memory that forked children share.
class SharedPages {
 public:
  explicit SharedPages(size_t size) : size_(size) {
    address_ = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  }
  ~SharedPages() { ::munmap(address_, size_); }
  std::span<std::byte> bytes() { return {static_cast<std::byte*>(address_), size_}; }

 private:
  size_t size_;
  void* address_;
};

TEST(StatusBoard, ShowsWhereARankStands) {
  SharedPages pages(StatusBoard::bytes(2));
  const auto board = StatusBoard::create(pages.bytes(), 2, 0);
  EXPECT_EQ(board.read(Rank(1)).state, RankState::kAbsent);

  BoardWriter writer(StatusBoard::attach(pages.bytes(), 0), Rank(1));
  const int world = writer.add_communicator("world");
  const int shard = writer.add_communicator("dp_shard");
  writer.enter(world, "barrier", 1);
  writer.finish(world, 1);
  writer.enter(shard, "all_gather", 7);

  const RankStatus status = board.read(Rank(1));
  EXPECT_EQ(status.state, RankState::kRunning);
  EXPECT_EQ(status.pid, getpid());
  EXPECT_GT(status.heartbeat_at, 0);
  ASSERT_EQ(status.operations.size(), 2u);
  EXPECT_TRUE(status.operations[0].finished);
  ASSERT_NE(status.latest(), nullptr);
  EXPECT_EQ(status.latest()->communicator, "dp_shard");
  EXPECT_EQ(status.latest()->operation, "all_gather");
  EXPECT_EQ(status.latest()->sequence, 7);
  EXPECT_FALSE(status.latest()->finished);
}

TEST(StatusBoard, FirstErrorAndFirstAbortStay) {
  SharedPages pages(StatusBoard::bytes(1));
  auto board = StatusBoard::create(pages.bytes(), 1, 0);
  BoardWriter writer(board, Rank(0));
  writer.fail("first");
  writer.fail("second");
  EXPECT_EQ(board.read(Rank(0)).error, "first");
  EXPECT_EQ(board.read(Rank(0)).state, RankState::kFailed);

  EXPECT_FALSE(board.abort_cause());
  EXPECT_TRUE(board.abort(0, "rank 0 ran out of memory"));
  EXPECT_FALSE(board.abort(-1, "late"));
  EXPECT_EQ(board.abort_cause()->rank, 0);
  EXPECT_EQ(board.abort_cause()->text, "rank 0 ran out of memory");
}

TEST(StatusBoard, LongTextIsCutNotSpilled) {
  SharedPages pages(StatusBoard::bytes(1));
  const auto board = StatusBoard::create(pages.bytes(), 1, 0);
  BoardWriter writer(board, Rank(0));
  writer.enter(writer.add_communicator(std::string(500, 'c')), std::string(500, 'o'), 3);
  writer.fail(std::string(5000, 'e'));
  const RankStatus status = board.read(Rank(0));
  EXPECT_EQ(status.error, std::string(1023, 'e'));
  EXPECT_EQ(status.operations[0].communicator, std::string(31, 'c'));
  EXPECT_EQ(status.operations[0].sequence, 3);
}

TEST(StatusBoard, CommunicatorsPastTheLimitShareTheLastRow) {
  SharedPages pages(StatusBoard::bytes(1));
  const auto board = StatusBoard::create(pages.bytes(), 1, 0);
  BoardWriter writer(board, Rank(0));
  for (int i = 0; i < StatusBoard::kMaxCommunicators; ++i) EXPECT_EQ(writer.add_communicator("g"), i);
  EXPECT_EQ(writer.add_communicator("more"), StatusBoard::kMaxCommunicators - 1);
}

TEST(StatusBoard, RefusesAStaleRankAndForeignMemory) {
  SharedPages pages(StatusBoard::bytes(1));
  try {
    StatusBoard::attach(pages.bytes(), 0);
    FAIL() << "zeroes are no board";
  } catch (const CommError& error) {
    EXPECT_NE(std::string(error.what()).find("holds no status board"), std::string::npos);
  }
  StatusBoard::create(pages.bytes(), 1, 2);
  try {
    StatusBoard::attach(pages.bytes(), 1);
    FAIL() << "restart 1 must not join restart 2";
  } catch (const CommError& error) {
    EXPECT_NE(std::string(error.what()).find("restart 1 but the job is at restart 2"), std::string::npos);
  }
}

TEST(StatusBoard, KillInAnyWriteLeavesAWholeRecord) {
  SharedPages pages(StatusBoard::bytes(1));
  const auto board = StatusBoard::create(pages.bytes(), 1, 0);
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      BoardWriter writer(board, Rank(0));
      const int row = writer.add_communicator("world");
      // Every field of a record tells the same number, so that a torn one shows.
      for (int64_t i = 1;; ++i) writer.enter(row, std::string(20, static_cast<char>('a' + i % 26)), i);
    }
    usleep(500 + 377 * static_cast<useconds_t>(round));
    for (int look = 0; look < 200; ++look) board.read(Rank(0));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const RankStatus status = board.read(Rank(0));
    if (const OperationStatus* last = status.latest()) {
      EXPECT_EQ(last->operation, std::string(20, static_cast<char>('a' + last->sequence % 26)));
    }
  }
}

TEST(StatusBoard, ReadersSeeOnlyWholeRecords) {
  SharedPages pages(StatusBoard::bytes(1));
  const auto board = StatusBoard::create(pages.bytes(), 1, 0);
  BoardWriter writer(board, Rank(0));
  const int row = writer.add_communicator("world");
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    for (int64_t i = 1; !stop; ++i) writer.enter(row, std::string(20, static_cast<char>('a' + i % 26)), i);
  });
  for (int look = 0; look < 20000; ++look) {
    const RankStatus status = board.read(Rank(0));
    const OperationStatus& last = status.operations[0];
    if (last.operation.empty()) continue;
    ASSERT_EQ(last.operation, std::string(20, static_cast<char>('a' + last.sequence % 26)));
  }
  stop = true;
  busy.join();
}

}  // namespace
}  // namespace trireme::supervise
