#include <gtest/gtest.h>
#include <cerrno>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "unit/checkpoint/state_of_ranks.h"
#include "unit/checkpoint_faults/struck_calls.h"

/// A checkpoint that the system does not let be read is not a damaged one: older ones must not take its place.
namespace trireme::checkpoint {
namespace {

using faults::Call;
using faults::Verdict;
using test::StruckCalls;

class RefusalTest : public ::testing::Test {
 protected:
  void SetUp() override { save_steps(root_, 3, Layout::kSharded, {10, 20}); }

  /// Loads on three ranks with these pieces and expects that each is told this.
  template <class Exception>
  void expect_all_told(
      const std::string& part, const std::function<void(int, std::vector<StatePiece>&)>& change = [](int, auto&) {}) {
    std::atomic<int> told = 0;
    on_ranks(3, [&](int rank, comm::Communicator& communicator) {
      RankState state(rank, 3, Layout::kSharded);
      std::vector<StatePiece> pieces = state.pieces();
      change(rank, pieces);
      EXPECT_ERROR(Exception, part, load_latest(root_, pieces, communicator));
      ++told;
    });
    EXPECT_EQ(told, 3);
  }

  test::TemporaryFolder folder_;
  fs::path root_ = folder_ / "checkpoints";
  fs::path newer_ = root_ / "step_00000020";
};

TEST_F(RefusalTest, OfAFileOnOneRankIsThrownOnAll) {
  for (const int error : {EACCES, EMFILE, ESTALE, EIO}) {
    for (const auto& [call, name] : {std::pair(Call::kOpen, "manifest.json"),
                                     {Call::kOpen, "rank_00002.safetensors"},
                                     {Call::kRead, "rank_00001.safetensors"}}) {
      const std::string path = newer_ / name;
      std::atomic<int> left = 1;
      const StruckCalls calls([&, call = call](Call made, const std::string& on) {
        return Verdict{.error = made == call && on == path && left-- > 0 ? error : 0};
      });
      expect_all_told<IoError>(path + ": " + std::strerror(error));
    }
  }
  EXPECT_TRUE(expect_loads(root_, 3, Layout::kSharded, 20).empty());
}

TEST_F(RefusalTest, OfOneRankCountsForMoreThanDamageThatAnotherFound) {
  fs::remove(newer_ / "rank_00000.safetensors");
  const std::string manifest = newer_ / "manifest.json";
  thread_local int this_rank = -1;
  const StruckCalls calls([&](Call call, const std::string& path) {
    return Verdict{.error = call == Call::kOpen && path == manifest && this_rank == 2 ? EIO : 0};
  });
  expect_all_told<IoError>("rank 2: can't open " + manifest, [](int rank, auto&) { this_rank = rank; });
}

TEST_F(RefusalTest, OfTheListIsThrownOnAll) {
  fs::create_symlink("step_00000030", root_ / "step_00000030");
  expect_all_told<IoError>("rank 0: can't list " + root_.string() + ": Too many levels of symbolic links");
}

TEST_F(RefusalTest, ABugOfOneRankStaysABug) {
  expect_all_told<BugError>("rank 1: ", [](int rank, std::vector<StatePiece>& pieces) {
    if (rank == 1) pieces.push_back(pieces.front());
  });
}

}  // namespace
}  // namespace trireme::checkpoint
