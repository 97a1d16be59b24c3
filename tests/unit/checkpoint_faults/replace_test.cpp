#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/checkpoint/folder.h"
#include "unit/checkpoint/state_of_ranks.h"
#include "unit/checkpoint_faults/struck_calls.h"

/// A save of a step that there is already, above all where the file system can't exchange two names.
namespace trireme::checkpoint {
namespace {

using faults::Call;
using faults::Verdict;
using test::StruckCalls;

bool is_exchange(Call call, const std::string& to) { return call == Call::kRename && fs::exists(to); }

std::vector<std::string> names_in(const fs::path& root) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(root)) names.push_back(entry.path().filename().string());
  return names;
}

TEST(ReplaceTest, WorksWhereNamesCanNotBeExchanged) {
  for (const int error : {EINVAL, ENOSYS, EOPNOTSUPP}) {
    const test::TemporaryFolder folder;
    save_steps(folder.path(), 2, Layout::kSharded, {7});
    fs::remove(folder / "step_00000007/manifest.json");
    std::atomic<int> refused = 0;
    {
      const StruckCalls calls([&](Call call, const std::string& to) {
        return is_exchange(call, to) ? Verdict{.error = (++refused, error)} : Verdict{};
      });
      save_steps(folder.path(), 3, Layout::kSharded, {7});
    }
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"step_00000007"});
    EXPECT_TRUE(expect_loads(folder.path(), 2, Layout::kSharded, 7).empty());
  }
}

TEST(ReplaceTest, AnExchangeThatFailsOtherwiseIsAnError) {
  const test::TemporaryFolder folder;
  save_steps(folder.path(), 2, Layout::kSharded, {7});
  {
    const StruckCalls calls(
        [](Call call, const std::string& to) { return Verdict{.error = is_exchange(call, to) ? EIO : 0}; });
    EXPECT_ERROR(IoError, "can't exchange ", save_steps(folder.path(), 2, Layout::kSharded, {7}));
  }
  EXPECT_TRUE(expect_loads(folder.path(), 2, Layout::kSharded, 7).empty());
}

/// In a forked child: replaces step 7 without an exchange, and is killed by call number `last` on a name or a folder
/// after the exchange was refused. Returns whether it came so far.
bool replace_and_die(const fs::path& root, int last) {
  const pid_t child = ::fork();
  if (child == 0) {
    bool refused = false;
    int number = 0;
    const StruckCalls calls([&](Call call, const std::string& path) {
      if (std::exchange(refused, refused || is_exchange(call, path)) != refused) return Verdict{.error = EINVAL};
      const bool counts = call == Call::kRename || call == Call::kSync || call == Call::kRemove;
      if (refused && counts && ++number == last) ::kill(::getpid(), SIGKILL);
      return Verdict{};
    });
    const auto alone = comm::local::make_alone("world");
    RankState state(0, 1, Layout::kSharded);
    state.fill(7);
    CheckpointWriter(root, *alone, {.asynchronous = false}).save(state_at(7), state.pieces());
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

TEST(ReplaceTest, AKillAtAnyCallLeavesAWholeOneAndTheNextReplacesIt) {
  int calls = 0;
  for (bool killed = true; killed;) {
    const test::TemporaryFolder folder;
    save_steps(folder.path(), 1, Layout::kSharded, {7});
    killed = replace_and_die(folder.path(), ++calls);
    EXPECT_TRUE(expect_loads(folder.path(), 2, Layout::kSharded, 7).empty()) << "call " << calls;
    save_steps(folder.path(), 1, Layout::kSharded, {7});
    EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"step_00000007"}) << "call " << calls;
  }
  EXPECT_GT(calls, 4);  // two names for the new one, a new one for the old, a folder flushed
}

}  // namespace
}  // namespace trireme::checkpoint
