#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <random>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "support/test_scale.h"
#include "trireme/checkpoint/folder.h"
#include "unit/checkpoint/state_of_ranks.h"

namespace trireme::checkpoint {
namespace {

std::vector<std::string> names_in(const fs::path& root) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(root)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

using Names = std::vector<std::string>;

TEST(SaveTest, KeepsTheNewestAndEveryMultiple) {
  const test::TemporaryFolder folder;
  save_steps(folder.path(), 2, Layout::kSharded, {5, 10, 15, 20, 25, 30},
             {.retention = {.keep = 2, .keep_every_steps = 10}});
  EXPECT_EQ(names_in(folder.path()), (Names{"step_00000010", "step_00000020", "step_00000025", "step_00000030"}));
}

TEST(SaveTest, KeepsYoungOnes) {
  const test::TemporaryFolder folder;
  save_steps(folder.path(), 1, Layout::kSharded, {1, 2, 3, 4}, {.retention = {.keep = 4}});
  const auto age = [&](const char* name, std::chrono::minutes minutes) {
    const fs::path manifest = folder.path() / name / "manifest.json";
    fs::last_write_time(manifest, fs::last_write_time(manifest) - minutes);
  };
  age("step_00000001", std::chrono::minutes(40));
  age("step_00000002", std::chrono::minutes(20));
  apply_retention(folder.path(), {.keep = 1, .keep_hours = 0.5});
  EXPECT_EQ(names_in(folder.path()), (Names{"step_00000002", "step_00000003", "step_00000004"}));
}

TEST(SaveTest, NeverDeletesTheLastGoodOne) {
  const test::TemporaryFolder folder;
  save_steps(folder.path(), 1, Layout::kSharded, {1, 2}, {.retention = {.keep = 0}});
  EXPECT_EQ(names_in(folder.path()), (Names{"step_00000002"}));
}

TEST(SaveTest, DamagedOnesDoNotCountAsKept) {
  const test::TemporaryFolder folder;
  save_steps(folder.path(), 1, Layout::kSharded, {1, 2});
  fs::remove(folder.path() / "step_00000002/manifest.json");
  apply_retention(folder.path(), {.keep = 1});
  EXPECT_EQ(names_in(folder.path()), (Names{"step_00000001", "step_00000002"}));
}

TEST(SaveTest, OldOnesThatCannotBeListedAreAWarning) {
  const test::TemporaryFolder folder;
  fs::create_symlink("step_00000001", folder / "step_00000001");
  ::testing::internal::CaptureStderr();
  save_steps(folder.path(), 2, Layout::kSharded, {2});
  test::expect_contains(::testing::internal::GetCapturedStderr(),
                        "warning: old checkpoints in " + folder.path().string() + " stay: can't list ");
  fs::remove(folder / "step_00000001");
  expect_loads(folder.path(), 2, Layout::kSharded, 2);
}

TEST(SaveTest, ReplacesACheckpointOfTheSameStep) {
  const test::TemporaryFolder folder;
  save_steps(folder.path(), 2, Layout::kSharded, {7});
  fs::remove(folder.path() / "step_00000007/manifest.json");
  save_steps(folder.path(), 3, Layout::kSharded, {7});
  EXPECT_EQ(names_in(folder.path()), (Names{"step_00000007"}));
  expect_loads(folder.path(), 2, Layout::kSharded, 7);
}

TEST(SaveTest, PutsSmallFilesBesideTheManifest) {
  const test::TemporaryFolder folder;
  save_steps(folder.path(), 2, Layout::kSharded, {1}, {.files = {{"tokenizer.json", "{}"}}});
  EXPECT_EQ(read_file(folder.path() / "step_00000001/tokenizer.json"), "{}");
}

TEST(SaveTest, SweepsWhatAKilledSaveLeft) {
  const test::TemporaryFolder folder;
  make_folders(folder.path() / ".step_00000009.tmp-3");
  save_steps(folder.path(), 1, Layout::kSharded, {1});
  EXPECT_EQ(names_in(folder.path()), (Names{"step_00000001"}));
}

TEST(SaveTest, PiecesMayChangeOnceSaveReturns) {
  const test::TemporaryFolder folder;
  on_ranks(2, [&](int rank, comm::Communicator& communicator) {
    RankState state(rank, 2, Layout::kSharded);
    CheckpointWriter writer(folder.path(), communicator, {});
    state.fill(4);
    writer.save(state_at(4), state.pieces());
    state.fill(5);
  });
  expect_loads(folder.path(), 1, Layout::kSharded, 4);
}

TEST(SaveTest, AFolderThatCannotBeMadeIsAnErrorOnEveryRank) {
  const test::TemporaryFolder folder;
  test::write_file(folder / "file", "");
  int failed = 0;
  std::mutex mutex;
  on_ranks(3, [&](int, comm::Communicator& communicator) {
    EXPECT_ERROR(IoError, "no checkpoints can be saved: rank 0: can't create folder",
                 CheckpointWriter(folder / "file" / "checkpoints", communicator, {}));
    const std::lock_guard lock(mutex);
    ++failed;
  });
  EXPECT_EQ(failed, 3);
}

/// A file system of 256 KiB, while it lives; only root may mount one.
class TinyDisk {
 public:
  explicit TinyDisk(const fs::path& at) : at_(at) {
    make_folders(at_);
    mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=256k") == 0;
  }
  ~TinyDisk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  fs::path at_;
  bool mounted_ = false;
};

/// Saves step 2 where it can't fit and expects that every rank is told, and that step 1 still loads.
void expect_survives_full_disk(const fs::path& root, const std::string& part, const std::function<void()>& fill) {
  on_ranks(2, [&](int rank, comm::Communicator& communicator) {
    RankState state(rank, 2, Layout::kSharded);
    CheckpointWriter writer(root, communicator, {});
    state.fill(1);
    writer.save(state_at(1), state.pieces());
    writer.wait();
    communicator.barrier().wait_host(Deadline::never());
    if (rank == 0) fill();
    communicator.barrier().wait_host(Deadline::never());
    writer.save(state_at(2), state.pieces());
    EXPECT_ERROR(IoError, part, writer.wait());
  });
  EXPECT_EQ(list_checkpoints(root).size(), 1u);
  EXPECT_FALSE(fs::exists(root / ".step_00000002.tmp-0"));
  expect_loads(root, 2, Layout::kSharded, 1);
}

/// No file of this process may grow past `bytes`, while it lives.
class FileSizeLimit {
 public:
  FileSizeLimit() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  void set(rlim_t bytes) {
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }

 private:
  rlimit before_{};
};

TEST(SaveTest, AShardThatCannotBeWrittenLeavesTheOlderCheckpoint) {
  const test::TemporaryFolder folder;
  FileSizeLimit limit;
  expect_survives_full_disk(folder / "checkpoints", "File too large", [&] { limit.set(1000); });
}

TEST(SaveTest, AFullDiskLeavesTheOlderCheckpoint) {
  const test::TemporaryFolder folder;
  const TinyDisk disk(folder / "disk");
  if (!disk.mounted()) return;  // the test above covers a user's machine
  expect_survives_full_disk(folder / "disk" / "checkpoints", "No space left on device", [&] {
    const UniqueFd fd = open_file(folder / "disk" / "filler", O_WRONLY | O_CREAT);
    const std::string block(4096, 'x');
    while (::write(fd.get(), block.data(), block.size()) > 0) {
    }
  });
}

TEST(SaveTest, AFailureSurfacesOnTheNextSaveAndTheOneAfterWorks) {
  const test::TemporaryFolder folder;
  on_ranks(2, [&](int rank, comm::Communicator& communicator) {
    RankState state(rank, 2, Layout::kSharded);
    CheckpointWriter writer(folder.path(), communicator, {});
    if (rank == 0) test::write_file(folder / ".step_00000001.tmp-0", "in the way");
    communicator.barrier().wait_host(Deadline::never());
    writer.save(state_at(1), state.pieces());
    EXPECT_ERROR(IoError, "checkpoint of step 1 was not saved: rank 0: ", writer.save(state_at(2), state.pieces()));
    state.fill(3);
    writer.save(state_at(3), state.pieces());
    writer.wait();
  });
  expect_loads(folder.path(), 1, Layout::kSharded, 3);
}

/// In a forked child: saves checkpoint after checkpoint until it is killed.
[[noreturn]] void save_for_ever(const fs::path& root) {
  const auto alone = comm::local::make_alone("world");
  RankState state(0, 1, Layout::kSharded);
  CheckpointWriter writer(root, *alone, {.retention = {.keep = 2}});
  for (int64_t step = 2;; ++step) {
    state.fill(step);
    writer.save(state_at(step), state.pieces());
  }
}

TEST(SaveKillTest, AKillAtAnyMomentLeavesALoadableCheckpoint) {
  std::mt19937 random(11);
  for (int round = 0; round < 10 * test::test_scale(); ++round) {
    const test::TemporaryFolder folder;
    save_steps(folder.path(), 1, Layout::kSharded, {1});
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) save_for_ever(folder.path());
    ::usleep(1000 + random() % 60000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto newest = newest_state(folder.path());
    ASSERT_TRUE(newest.has_value());
    EXPECT_TRUE(newest->warnings.empty()) << newest->warnings.front();  // what has a name is whole
    EXPECT_TRUE(expect_loads(folder.path(), 2, Layout::kSharded, newest->state.step).empty());
  }
}

}  // namespace
}  // namespace trireme::checkpoint
