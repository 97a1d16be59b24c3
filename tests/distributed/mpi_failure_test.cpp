#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <numeric>
#include <thread>

#include "fault_trial.h"
#include "suite.h"
#include "support/test_scale.h"
#include "trireme/comm/mpi/mpi.h"
#include "trireme/comm/world.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"

// What becomes of the ranks of mpirun when one fails. Each case needs a job of its own, because the job ends with it:
// this program starts itself under mpirun with the name of a case.
namespace trireme::testing {

namespace {

using comm::ReduceOp;

/// The part of a rank. Ends as the ranks of a run do.
void run_rank(std::unique_ptr<comm::Communicator> world, const RankBody& body) {
  try {
    body(*world);
  } catch (const std::exception& problem) {
    world->abort(problem.what());
    std::fprintf(stderr, "rank %d ended: %s\n", world->rank().value(), problem.what());
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // let the peers say theirs
    comm::mpi::abort_job(3);
  }
}

/// Some collectives, a fault on rank 1, one more.
void run_case(const std::function<void()>& fault) {
  run_rank(comm::mpi::make_world(Seconds(2)), [&](comm::Communicator& world) {
    Values x(DType::kF32, 1000);
    for (int i = 0; i < 3; ++i) world.all_reduce(x.buffer(), ReduceOp::kSum).wait();
    if (world.rank() == Rank(1)) fault();
    world.all_reduce(x.buffer(), ReduceOp::kSum).wait();
  });
}

TEST(DISABLED_Case, Stop) {
  run_case([] { ::raise(SIGSTOP); });
}
TEST(DISABLED_Case, Kill) {
  run_case([] { ::raise(SIGKILL); });
}
TEST(DISABLED_Case, Sleep) {
  run_case([] { std::this_thread::sleep_for(std::chrono::seconds(4)); });
}
TEST(DISABLED_Case, Throw) {
  run_case([] { throw IoError("disk full on rank 1"); });
}

/// Rank 1 stops as soon as it sees the first of what rank 0 sends, which is far more than MPI keeps on the way.
TEST(DISABLED_Case, StopInATransfer) {
  run_rank(comm::mpi::make_world(Seconds(2)), [](comm::Communicator& world) {
    constexpr int64_t kCount = int64_t{64} << 20;
    std::vector<float> x(kCount, world.rank() == Rank(0) ? 1.0f : 0.0f);
    const comm::Buffer buffer{x.data(), kCount, DType::kF32, {}};
    if (world.rank() == Rank(0)) world.send(buffer, Rank(1)).wait();
    if (world.rank() == Rank(1)) {
      comm::Work received = world.recv(buffer, Rank(0));
      while (std::atomic_ref(x[0]).load() == 0) std::this_thread::yield();
      ::raise(SIGSTOP);
      received.wait();
    }
    std::this_thread::sleep_for(std::chrono::seconds(10));  // rank 2 has no part in it
  });
}
/// The receive comes after the sender's deadline: nothing of the data has moved.
TEST(DISABLED_Case, LateReceive) {
  run_rank(comm::mpi::make_world(Seconds(2)), [](comm::Communicator& world) {
    std::vector<float> x(int64_t{1} << 20);
    const comm::Buffer buffer{x.data(), static_cast<int64_t>(x.size()), DType::kF32, {}};
    if (world.rank() == Rank(0)) world.send(buffer, Rank(1)).wait();
    std::this_thread::sleep_for(std::chrono::seconds(4));
    if (world.rank() == Rank(1)) world.recv(buffer, Rank(0)).wait();
  });
}
/// Rank 1 expects more of rank 0 than that sends; the pieces are too long to be on the way before they are asked for.
TEST(DISABLED_Case, UnequalPieces) {
  run_rank(comm::mpi::make_world(Seconds(2)), [](comm::Communicator& world) {
    constexpr int64_t kPiece = 1 << 20;
    const std::vector<int64_t> sent(static_cast<size_t>(world.size()), kPiece);
    std::vector<int64_t> expected = sent;
    if (world.rank() == Rank(1)) expected[0] += 1;
    std::vector<float> in(kPiece * world.size()), out(in.size() + 1);
    const int64_t total = std::accumulate(expected.begin(), expected.end(), int64_t{0});
    world
        .all_to_all({in.data(), kPiece * world.size(), DType::kF32, {}}, sent, {out.data(), total, DType::kF32, {}},
                    expected)
        .wait();
  });
}
/// As `srun --mpi=pmi2` starts ranks: nobody says which of them share a node.
TEST(DISABLED_Case, PlaceOnNode) {
  supervise::RankEnv told;
  told.launcher = supervise::Launcher::kMpi;
  told.local_rank.reset();
  told.local_size.reset();
  const supervise::RankEnv env = comm::with_place_on_node(told);
  const auto world = comm::make_world(env, "auto", {.timeout = Seconds(20)});
  world->barrier().wait();
  std::fprintf(stderr, "rank %d is %d of %d on its node, over %s\n", world->rank().value(), env.local_rank->value(),
               *env.local_size, std::string(world->backend()).c_str());
}

constexpr int kRanks = 3;
constexpr const char* kSeedVariable = "TRIREME_TEST_FAULT_SEED";

TEST(DISABLED_Case, Message) {
  const FaultTrial trial(static_cast<uint32_t>(env_int(kSeedVariable).value()), kRanks);
  run_rank(comm::mpi::make_world(Seconds(FaultTrial::kTimeout), trial.decorate([](const std::string& what) {
             std::fprintf(stderr, "struck %s\n", what.c_str());
           })),
           [&](comm::Communicator& world) { trial.run(world); });
}

struct JobOutcome {
  std::string output;
  int status = 0;
  double seconds = 0;
};

JobOutcome run_job(const std::string& name) {
  // Modules that Open MPI has unloaded still hold memory: leaks that have no name to leave out.
  const std::string command = format(
      "ASAN_OPTIONS=detect_leaks=0 OMPI_MCA_btl_vader_single_copy_mechanism=none "
      "mpirun --allow-run-as-root --oversubscribe --bind-to none -n {} {} "
      "--gtest_also_run_disabled_tests --gtest_filter=DISABLED_Case.{} 2>&1",
      kRanks, fs::read_symlink("/proc/self/exe").string(), name);
  const Stopwatch watch;
  JobOutcome outcome;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) outcome.output.append(buffer, n);
  outcome.status = ::pclose(pipe);
  outcome.seconds = watch.seconds();
  return outcome;
}

void expect_report(const JobOutcome& outcome, std::initializer_list<std::string> parts) {
  EXPECT_NE(outcome.status, 0);
  for (const std::string& part : parts) {
    EXPECT_NE(outcome.output.find(part), std::string::npos) << "no \"" << part << "\" in: " << outcome.output;
  }
}

/// What follows `begin` on its line, for each line with it.
std::vector<std::string> rests_of_lines(const std::string& text, const std::string& begin) {
  std::vector<std::string> rests;
  for (size_t at = 0; (at = text.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    rests.push_back(text.substr(at, text.find('\n', at) - at));
  }
  return rests;
}

class LaunchedRanks : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!comm::mpi::available()) GTEST_SKIP() << "built without MPI";
  }
};

}  // namespace

TEST_F(LaunchedRanks, StoppedRankIsNamedAtTheDeadline) {
  const JobOutcome outcome = run_job("Stop");
  expect_report(outcome, {"rank 0 ended: all_reduce #4 of world (1000 fp32) was not done within 2.0 s",
                          "rank 1 gives no answer"});
  EXPECT_LT(outcome.seconds, 8);
}

TEST_F(LaunchedRanks, KilledRankEndsTheJob) {
  const JobOutcome outcome = run_job("Kill");
  expect_report(outcome, {"signal 9"});
  EXPECT_LT(outcome.seconds, 8);
}

TEST_F(LaunchedRanks, LateRankSaysWhereItStands) {
  const JobOutcome outcome = run_job("Sleep");
  expect_report(outcome,
                {"rank 1 on host ", "has not entered all_reduce #4 of world; it last finished all_reduce #3 of world"});
}

TEST_F(LaunchedRanks, CauseOfOneRankIsWhatAllSay) {
  const JobOutcome outcome = run_job("Throw");
  expect_report(outcome, {"rank 0 ended: disk full on rank 1", "rank 1 ended: disk full on rank 1",
                          "rank 2 ended: disk full on rank 1"});
}

TEST_F(LaunchedRanks, AStopInATransferEndsTheJobWhoseMemoryIsInUse) {
  const JobOutcome outcome = run_job("StopInATransfer");
  expect_report(outcome, {"send to 1 #1 of world (67108864 fp32) was not done within 2.0 s",
                          "MPI still uses the memory of send to 1 #1 of world"});
  EXPECT_EQ(outcome.output.find("rank 0 ended"), std::string::npos) << "its memory was given back: " << outcome.output;
  EXPECT_LT(outcome.seconds, 12);
}

TEST_F(LaunchedRanks, ALateReceiveLeavesTheSendersMemoryAlone) {
  const JobOutcome outcome = run_job("LateReceive");
  expect_report(outcome, {"rank 0 ended: send to 1 #1 of world (1048576 fp32) was not done within 2.0 s"});
  EXPECT_EQ(outcome.output.find("MPI still uses"), std::string::npos) << outcome.output;
}

TEST_F(LaunchedRanks, UnequalPiecesAreNamedByAllBeforeDataMoves) {
  const JobOutcome outcome = run_job("UnequalPieces");
  const std::string pair = "all_to_all #1 of world: rank 0 sends 1048576 elements to rank 1, which expects 1048577";
  expect_report(outcome, {"rank 0 ended: " + pair, "rank 1 ended: " + pair, "rank 2 ended: " + pair});
  EXPECT_LT(outcome.seconds, 8);
}

TEST_F(LaunchedRanks, ThePlaceOnTheNodeIsFoundWhereTheLauncherDoesNotTell) {
  const JobOutcome outcome = run_job("PlaceOnNode");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  for (int rank = 0; rank < kRanks; ++rank) {
    const std::string line = format("rank {} is {} of {} on its node, over mpi", rank, rank, kRanks);
    EXPECT_NE(outcome.output.find(line), std::string::npos) << outcome.output;
  }
}

TEST_F(LaunchedRanks, SpoiltMessagesEndInAnErrorThatNamesTheCulprit) {
  constexpr int kFirstSeed = 20261129;
  for (int seed = kFirstSeed; seed < kFirstSeed + 4 * test::test_scale(); ++seed) {
    const FaultTrial trial(static_cast<uint32_t>(seed), kRanks);
    ::setenv(kSeedVariable, std::to_string(seed).c_str(), /*overwrite=*/1);
    const JobOutcome outcome = run_job("Message");
    SCOPED_TRACE(trial.describe() + "\n" + outcome.output);
    const auto errors = rests_of_lines(outcome.output, " ended: ");
    EXPECT_EQ(outcome.output.find("element "), std::string::npos) << "a wrong result";
    EXPECT_LT(outcome.seconds, 8);
    EXPECT_EQ(errors.empty(), trial.harmless());
    EXPECT_EQ(outcome.status == 0, trial.harmless());
    const auto struck = rests_of_lines(outcome.output, "struck ");
    // Two ranks may find it at once, each in its own words: there is no memory in which one of them is first.
    for (const std::string& error : errors) trial.expect_culprit(error, struck.empty() ? "nothing" : struck[0]);
  }
}

}  // namespace trireme::testing
