#include <sys/mman.h>
#include <algorithm>
#include <deque>
#include <future>

#include "fault_trial.h"
#include "suite.h"
#include "support/test_scale.h"
#include "trireme/core/check.h"

// Random programs over a transport that loses, doubles and delays messages: no result is wrong without an error, no
// rank hangs past the deadline, and the error names the rank, the operation and its number.
namespace trireme::testing {

namespace {

constexpr uint32_t kFirstSeed = 20261127;

/// Text that forked ranks write and their parent reads.
class SharedText {
 public:
  SharedText()
      : page_(static_cast<char*>(
            ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, /*fd=*/-1, /*offset=*/0))) {
    TRIREME_CHECK(page_ != MAP_FAILED, "no page");
  }
  ~SharedText() { ::munmap(page_, kSize); }
  SharedText(const SharedText&) = delete;
  SharedText& operator=(const SharedText&) = delete;

  void write(const std::string& text) { text.copy(page_, std::min(text.size(), kSize - 1)); }
  std::string read() const { return page_; }

 private:
  static constexpr size_t kSize = 4096;
  char* page_;
};

struct Ended {
  std::vector<RankOutcome> ranks;
  std::string struck;
};

Ended run_trial(const std::string& backend, const FaultTrial& trial) {
  SharedText struck;
  const RankWorld world{.backend = backend,
                        .size = trial.size(),
                        .timeout = Seconds(FaultTrial::kTimeout),
                        .decorate = trial.decorate([&](const std::string& what) { struck.write(what); })};
  return {.ranks = run_ranks(world, [&](comm::Communicator& ranks) { trial.run(ranks); }), .struck = struck.read()};
}

void expect_good_end(const FaultTrial& trial, const Ended& ended) {
  SCOPED_TRACE(trial.describe());
  std::string error;
  for (const RankOutcome& outcome : ended.ranks) {
    EXPECT_EQ(outcome.error.find("element "), std::string::npos) << "a wrong result: " << outcome.error;
    EXPECT_LT(outcome.seconds, 4 * FaultTrial::kTimeout);
    if (error.empty()) error = outcome.error;
    EXPECT_TRUE(outcome.error.empty() || outcome.error == error) << "another cause: " << outcome.error;
  }
  EXPECT_EQ(error.empty(), trial.harmless()) << error;
  if (!error.empty()) trial.expect_culprit(error, ended.struck);
}

}  // namespace

TEST(MessageFaults, EndInAnErrorThatNamesTheCulprit) {
  constexpr size_t kAtOnce = 8;  // they wait most of the time
  const size_t total = 24 * static_cast<size_t>(test::test_scale());
  std::deque<FaultTrial> trials;
  for (size_t i = 0; i < total; ++i) trials.emplace_back(kFirstSeed + static_cast<uint32_t>(i));
  std::vector<std::future<Ended>> ends(total);
  for (size_t i = 0; i < total; ++i) {
    if (i >= kAtOnce) ends[i - kAtOnce].wait();
    ends[i] = std::async(std::launch::async, [&trial = trials[i]] { return run_trial("local", trial); });
  }
  for (size_t i = 0; i < total; ++i) expect_good_end(trials[i], ends[i].get());
}

TEST(MessageFaults, EndInAnErrorThatNamesTheCulpritBetweenProcesses) {
  const uint32_t total = 8 * static_cast<uint32_t>(test::test_scale());
  for (uint32_t i = 0; i < total; ++i) {
    const FaultTrial trial(kFirstSeed + 1000 + i);
    expect_good_end(trial, run_trial("shm", trial));
  }
}

}  // namespace trireme::testing
