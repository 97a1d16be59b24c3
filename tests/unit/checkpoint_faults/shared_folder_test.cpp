#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "unit/checkpoint/state_of_ranks.h"
#include "unit/checkpoint_faults/struck_calls.h"

/// What rank 0 can't see of the others' files is not saved.
namespace trireme::checkpoint {
namespace {

TEST(SharedFolderTest, AnotherFolderOnAnotherRankIsAnErrorAtTheStart) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "b");
  on_ranks(2, [&](int rank, comm::Communicator& communicator) {
    EXPECT_ERROR(IoError,
                 "rank 1: " + (folder / "b").string() +
                     " is not the folder that rank 0 has: the run's folder "
                     "must lie on a file system that all hosts share",
                 CheckpointWriter(folder / (rank == 0 ? "a" : "b"), communicator, {}));
  });
}

TEST(SharedFolderTest, AFileThatRankZeroDoesNotSeeIsAnError) {
  const test::TemporaryFolder folder;
  const fs::path root = folder / "a", mount = folder / "b";
  fs::create_directory(root);
  fs::create_directory_symlink(root, mount);
  on_ranks(2, [&](int rank, comm::Communicator& communicator) {
    RankState state(rank, 2, Layout::kSharded);
    CheckpointWriter writer(rank == 0 ? root : mount, communicator, {.asynchronous = false});
    if (rank == 1) {
      fs::remove(mount);
      fs::create_directory(mount);
    }
    communicator.barrier().wait_host(Deadline::never());
    EXPECT_ERROR(IoError,
                 (root / ".step_00000001.tmp-0/rank_00001.safetensors").string() +
                     ", which rank 1 wrote, is not there as written (No such file or directory): the run's folder must "
                     "lie on a file system that all hosts share; older checkpoints stand",
                 writer.save(state_at(1), state.pieces()));
  });
  EXPECT_TRUE(list_checkpoints(root).empty());
}

TEST(SharedFolderTest, AFileOfAnotherSizeIsAnError) {
  const test::TemporaryFolder folder;
  const test::StruckCalls calls([](faults::Call call, const std::string& path) {
    if (call == faults::Call::kSync && path.ends_with("rank_00001.safetensors")) fs::resize_file(path, 3);
    return faults::Verdict{};
  });
  EXPECT_ERROR(IoError, "which rank 1 wrote, is not there as written (3 of ",
               save_steps(folder.path(), 2, Layout::kSharded, {1}));
  EXPECT_TRUE(list_checkpoints(folder.path()).empty());
}

}  // namespace
}  // namespace trireme::checkpoint
