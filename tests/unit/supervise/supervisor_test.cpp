#include "trireme/supervise/supervisor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include "trireme/core/environment.h"

namespace trireme::supervise {
namespace {

/// Processes of `fake_rank` whose log folder, given as an argument, is `mark`.
std::vector<int> fake_ranks_of(const std::string& mark) {
  std::vector<int> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    const std::string command((std::istreambuf_iterator<char>(file)), {});
    if (command.find("fake_rank") != std::string::npos && command.find(mark) != std::string::npos) {
      found.push_back(std::stoi(entry.path().filename()));
    }
  }
  return found;
}

bool gone_within(const std::string& mark, double seconds) {
  const Deadline deadline = Deadline::after(Seconds(seconds));
  while (!deadline.passed()) {
    if (fake_ranks_of(mark).empty()) return true;
    usleep(10000);
  }
  return false;
}

/// A job of fake ranks in a folder of its own.
class SupervisorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "supervise_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    options_.executable = FAKE_RANK_PATH;
    options_.arguments = {"train", folder_.string()};
    options_.restart_arguments = {"train", folder_.string(), "--resume"};
    options_.restarts.world = 3;
    options_.restarts.first_delay = Seconds(0.01);
    options_.log_folder = folder_ / "logs";
    options_.job_id = "test";
    options_.grace = Seconds(0.5);
    set("FAKE_RANK", "");
    set("FAKE_STEPS", "20");
    set("FAKE_HEARTBEAT", "5");
  }
  void TearDown() override {
    EXPECT_TRUE(gone_within(folder_.string(), 2)) << "ranks were left behind";
    fs::remove_all(folder_);
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }

  /// Runs the job here and keeps what it said.
  int run() {
    ::testing::internal::CaptureStderr();
    const ExitCode code = supervise(options_);
    report_ = ::testing::internal::GetCapturedStderr();
    return static_cast<int>(code);
  }
  /// Runs the job in a child, as its own process; its words go to `report` in the folder.
  pid_t run_in_child() {
    const pid_t child = fork();
    if (child != 0) return child;
    const UniqueFd report = open_file(folder_ / "report", O_WRONLY | O_CREAT | O_TRUNC);
    ::dup2(report.get(), STDERR_FILENO);
    ::dup2(report.get(), STDOUT_FILENO);
    ::_exit(static_cast<int>(supervise(options_)));
  }
  int exit_code_of_child(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    report_ = read_file(folder_ / "report");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  void wait_for_ranks(size_t count) {
    const Deadline deadline = Deadline::after(Seconds(5));
    while (fake_ranks_of(folder_.string()).size() < count && !deadline.passed()) usleep(5000);
    usleep(100000);
  }
  std::string log(int rank) { return read_file(folder_ / "logs" / format("rank_{}.log", rank)); }
  void expect_report(const std::string& part) {
    EXPECT_NE(report_.find(part), std::string::npos) << "not in the report: " << part << "\n" << report_;
  }

  fs::path folder_;
  SupervisorOptions options_;
  std::string report_;
};

TEST_F(SupervisorTest, AllRanksEndWell) {
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(log(2), "arguments: train " + folder_.string() + "\n");
  EXPECT_EQ(report_, log(0)) << "standard error of rank 0 goes to the terminal and to its log";
}

TEST_F(SupervisorTest, KilledRankIsNamedAndItsPeersEnd) {
  set("FAKE_STEPS", "1000");
  set("FAKE_RANK", "1:signal=9@7");
  EXPECT_EQ(run(), 3);
  expect_report("rank 1 on " + host_name());
  expect_report("failed first: it was killed by SIGKILL");
  expect_report("in all_reduce 7 of world");
  expect_report("last step 6");
  expect_report("rank 2 (pid ");
  expect_report("ended with exit code 3");
  expect_report("rank_1.log");
  expect_report("next: ");
  EXPECT_EQ(report_.find("SIGKILL; "), report_.rfind("SIGKILL; ")) << "only one rank was killed:\n" << report_;
}

TEST_F(SupervisorTest, ErrorTextIsTheCause) {
  set("FAKE_STEPS", "1000");
  set("FAKE_RANK", "2:error=token id 70000 is outside the vocabulary of 512@3");
  EXPECT_EQ(run(), 1);
  expect_report("failed first: it ended with exit code 1");
  expect_report("cause: token id 70000 is outside the vocabulary of 512");
  expect_report("    | error: token id 70000");
}

TEST_F(SupervisorTest, ExitCodesOfOursPassThrough) {
  for (const int code : {2, 3, 70}) {
    set("FAKE_RANK", format("0:exit={}@2", code));
    EXPECT_EQ(run(), code);
  }
  set("FAKE_RANK", "0:exit=42@2");
  EXPECT_EQ(run(), 1);
  expect_report("ended with exit code 42");
}

TEST_F(SupervisorTest, StoppedRankIsBlamedWhenAPeerGivesUpFirst) {
  set("FAKE_STEPS", "1000");
  set("FAKE_RANK", "0:signal=19@2;1:exit=3@80");
  set("FAKE_HEARTBEAT", "0.1");
  options_.heartbeat = Seconds(0.5);  // three would be missed later
  run();
  expect_report("cause: rank 0 on " + host_name());
  expect_report("gave no sign of life for");
  expect_report("it is stopped, as by SIGSTOP");
}

TEST_F(SupervisorTest, StoppedRankIsFoundByItsSilence) {
  set("FAKE_STEPS", "100000");
  set("FAKE_HEARTBEAT", "0.1");
  set("FAKE_RANK", "1:signal=19@5");
  options_.heartbeat = Seconds(0.2);
  const Stopwatch watch;
  EXPECT_EQ(run(), 3);
  EXPECT_LT(watch.seconds(), 5);
  expect_report("gave no sign of life for");
  expect_report("it is stopped, as by SIGSTOP");
  expect_report("failed first: it was killed by its supervisor");
}

TEST_F(SupervisorTest, RankThatIsStoppedAfterItsLastWordIsFoundByItsSilence) {
  set("FAKE_STEPS", "3");
  set("FAKE_HEARTBEAT", "0.1");
  set("FAKE_RANK", "1:signal=19@4");
  options_.heartbeat = Seconds(0.2);
  EXPECT_EQ(run(), 3);
  expect_report("it is stopped, as by SIGSTOP");
}

TEST_F(SupervisorTest, DeafPeerIsKilledAfterTheGraceTime) {
  set("FAKE_RANK", "0:error=no space left@15;1:hang@1");
  EXPECT_EQ(run(), 1);
  expect_report("cause: no space left");
  expect_report("was killed by its supervisor; in all_reduce 1 of world");
}

TEST_F(SupervisorTest, RestartsAndResumes) {
  set("FAKE_RANK", "1:signal=9@3#0;0:exit=3@4#1");
  options_.restarts.max_restarts = 2;
  std::vector<std::string> causes;
  options_.on_restart = [&](int, int, const std::string& cause) { causes.push_back(cause); };
  EXPECT_EQ(run(), 0);
  ASSERT_EQ(causes.size(), 2u);
  EXPECT_EQ(causes[0], "rank 1 was killed by SIGKILL");
  expect_report("restart 2 of 2");
  EXPECT_NE(log(2).find("--resume"), std::string::npos);
}

TEST_F(SupervisorTest, RestartsRunOut) {
  set("FAKE_RANK", "1:signal=9@3");
  options_.restarts.max_restarts = 1;
  EXPECT_EQ(run(), 3);
}

TEST_F(SupervisorTest, CrashLoopNamesTheFirstCause) {
  set("FAKE_RANK", "1:signal=9@3");
  options_.restarts.max_restarts = 50;
  EXPECT_EQ(run(), 3);
  expect_report("no restart: a crash loop: two failures in a row without a newer checkpoint or more steps between");
  expect_report("the first cause was: rank 1 was killed by SIGKILL");
  EXPECT_EQ(report_.find("restart 2 of 50"), std::string::npos) << report_;
}

TEST_F(SupervisorTest, LeavesOutASlotThatKeepsFailing) {
  set("FAKE_RANK", "1:signal=9@3#0;1:signal=9@3#1");
  options_.restarts.max_restarts = 5;
  options_.restarts.min_ranks = 2;
  std::vector<int> worlds;
  options_.on_restart = [&](int, int world, const std::string&) { worlds.push_back(world); };
  EXPECT_EQ(run(), 0);
  expect_report("restart 2 of 5 from the newest good checkpoint in 0.0 s on 2 ranks, without slot 1");
  EXPECT_EQ(worlds, (std::vector<int>{3, 2}));
}

TEST_F(SupervisorTest, ASignalEndsTheWaitForARestart) {
  set("FAKE_RANK", "1:signal=9@3");
  options_.restarts.max_restarts = 5;
  options_.restarts.first_delay = Seconds(60);
  const Stopwatch watch;
  const pid_t child = run_in_child();
  wait_for_ranks(3);
  while (read_file(folder_ / "report").find("restart 1 of 5") == std::string::npos && watch.seconds() < 10)
    usleep(10000);
  kill(child, SIGTERM);
  EXPECT_EQ(exit_code_of_child(child), 3);
  EXPECT_LT(watch.seconds(), 15);
  expect_report("told to stop before the restart; --resume goes on from the newest checkpoint");
}

TEST_F(SupervisorTest, AFaultOfTheRecipeIsNotRetried) {
  set("FAKE_RANK", "1:exit=1@3");
  options_.restarts.max_restarts = 5;
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(report_.find("restart"), std::string::npos);
}

TEST_F(SupervisorTest, MissingExecutableIsAnIoError) {
  options_.executable = folder_ / "absent";
  try {
    supervise(options_);
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(std::string(error.what()),
              "can't start " + (folder_ / "absent").string() + ": No such file or directory");
  }
}

TEST_F(SupervisorTest, SignalsLetRanksSaveAndEndWith75) {
  set("FAKE_STEPS", "100000");
  for (const int signal : {SIGTERM, SIGUSR1, SIGINT, SIGHUP}) {
    const pid_t child = run_in_child();
    wait_for_ranks(3);
    kill(child, signal);
    EXPECT_EQ(exit_code_of_child(child), 75) << strsignal(signal);
    expect_report("the ranks finish their step and save");
  }
}

TEST_F(SupervisorTest, SecondInterruptKillsAtOnce) {
  set("FAKE_STEPS", "100000");
  set("FAKE_RANK", "0:hang@2;1:hang@2;2:hang@2");
  const pid_t child = run_in_child();
  wait_for_ranks(3);
  kill(child, SIGINT);
  usleep(100000);
  kill(child, SIGINT);
  EXPECT_EQ(exit_code_of_child(child), 130);
  expect_report("interrupted twice");
}

TEST_F(SupervisorTest, KilledSupervisorLeavesNothingBehind) {
  set("FAKE_STEPS", "100000");
  set("FAKE_RANK", "0:child@1;1:child@1;2:deaf@1");
  const pid_t child = run_in_child();
  wait_for_ranks(5);
  EXPECT_EQ(fake_ranks_of(folder_.string()).size(), 5u);
  kill(child, SIGKILL);
  EXPECT_EQ(exit_code_of_child(child), -SIGKILL);
  EXPECT_TRUE(gone_within(folder_.string(), 2));
}

TEST_F(SupervisorTest, GrandchildrenOfAKilledRankEnd) {
  set("FAKE_STEPS", "1000");
  set("FAKE_RANK", "1:child@1;1:signal=9@5");
  EXPECT_EQ(run(), 3);
  EXPECT_TRUE(gone_within(folder_.string(), 2));
}

TEST_F(SupervisorTest, SharedMemoryHasNoName) {
  const auto names = [] { return std::distance(fs::directory_iterator("/dev/shm"), fs::directory_iterator()); };
  const auto before = names();
  set("FAKE_STEPS", "100000");
  const pid_t child = run_in_child();
  wait_for_ranks(3);
  EXPECT_EQ(names(), before);
  kill(child, SIGKILL);
  exit_code_of_child(child);
}

}  // namespace
}  // namespace trireme::supervise
