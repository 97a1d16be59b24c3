#include "trireme/telemetry/metrics_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>

#include "support/temporary_folder.h"
#include "trireme/telemetry/event_log.h"

namespace trireme::telemetry {
namespace {

using test::TemporaryFolder;

StepRecord record_of(int64_t step, double loss = 2.5) {
  StepRecord record;
  record.step = step;
  record.loss = loss;
  return record;
}

TEST(StepRecord, HasTheKeysOfTheContractInOrder) {
  EXPECT_EQ(to_json_line(record_of(3)),
            R"({"step":3,"loss":2.5,"grad_norm":null,"lr":null,"tokens":0,"tokens_seen":0,"step_seconds":null,)"
            R"("data_seconds":null,"compute_seconds":null,"comm_seconds":null,"save_seconds":null,)"
            R"("tokens_per_second":null,"tps_per_device":null,"mfu":null,)"
            R"("peak_memory_bytes":null,"skipped":0})");
}

TEST(StepRecord, NotFiniteIsNull) {
  for (const double loss : {INFINITY, -INFINITY, NAN}) {
    EXPECT_NE(to_json_line(record_of(1, loss)).find("\"loss\":null"), std::string::npos);
  }
}

TEST(StepRecord, ReadsBackToTheSameBits) {
  StepRecord record = record_of(12, 0.1 + 0.2);
  record.lr = 3e-4;
  record.grad_norm = 1e-310;
  record.peak_memory_bytes = int64_t{1} << 40;
  record.tokens_seen = (int64_t{1} << 53) + 1;
  const auto read = parse_step_record(to_json_line(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->loss, record.loss);
  EXPECT_EQ(read->grad_norm, record.grad_norm);
  EXPECT_EQ(read->peak_memory_bytes, record.peak_memory_bytes);
  EXPECT_EQ(read->tokens_seen, record.tokens_seen);
  EXPECT_TRUE(std::isnan(read->mfu));
}

TEST(StepRecord, DistillLossIsThereOnlyWhereARunDistils) {
  StepRecord record = record_of(1);
  EXPECT_FALSE(parse_step_record(to_json_line(record))->distill_loss);
  record.distill_loss = 0.25;
  EXPECT_NE(to_json_line(record).find(R"("loss":2.5,"distill_loss":0.25,"grad_norm")"), std::string::npos);
  EXPECT_EQ(parse_step_record(to_json_line(record))->distill_loss, 0.25);
}

TEST(StepRecord, OtherLinesAreNone) {
  for (const char* line : {"", "{", "[1]", "{\"loss\":1}", "{\"step\":0}", "{\"step\":3,\"lo"}) {
    EXPECT_FALSE(parse_step_record(line)) << line;
  }
}

TEST(MetricsLog, ReplayedStepsReplaceTheirLines) {
  const TemporaryFolder folder;
  const fs::path path = folder / "metrics.jsonl";
  {
    MetricsLog log(path, 0);
    for (int step = 1; step <= 5; ++step) log.append(record_of(step, 1));
  }
  {
    MetricsLog log(path, 3);
    for (int step = 4; step <= 6; ++step) log.append(record_of(step, 2));
  }
  std::string expected;
  for (int step = 1; step <= 6; ++step) expected += to_json_line(record_of(step, step <= 3 ? 1 : 2)) + "\n";
  EXPECT_EQ(read_file(path), expected);
}

TEST(MetricsLog, DropsALineTornByAKill) {
  const TemporaryFolder folder;
  const fs::path path = folder / "metrics.jsonl";
  test::write_file(path, to_json_line(record_of(1)) + "\n" + to_json_line(record_of(2)).substr(0, 20));
  MetricsLog(path, 7).append(record_of(8));
  EXPECT_EQ(read_file(path), to_json_line(record_of(1)) + "\n" + to_json_line(record_of(8)) + "\n");
}

TEST(EventLog, AppendsObjectsAndCompletesATornLine) {
  const TemporaryFolder folder;
  const fs::path path = folder / "events.jsonl";
  test::write_file(path, "{\"time\":\"20");
  EventLog(path).write("checkpoint", {{"step", 4}});
  const std::string text = read_file(path);
  const auto event = nlohmann::json::parse(text.substr(text.find('\n')));
  EXPECT_EQ(event["event"], "checkpoint");
  EXPECT_EQ(event["step"], 4);
  EXPECT_EQ(event["time"].get<std::string>().size(), 20u);
}

/// Standard error as a pipe, which a file size limit does not touch.
class PipedErrors {
 public:
  PipedErrors() : before_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::pipe(ends_), 0);
    ::dup2(ends_[1], STDERR_FILENO);
    ::close(ends_[1]);
  }
  /// Puts standard error back.
  std::string text() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    std::string text(65536, '\0');
    text.resize(static_cast<size_t>(::read(ends_[0], text.data(), text.size())));
    ::close(ends_[0]);
    return text;
  }

 private:
  int before_;
  int ends_[2];
};

/// RLIMIT_FSIZE stands for a full disk: write(2) takes what fits, then fails.
TEST(LineFile, AFullDiskIsToldOnceAndLosesNothing) {
  const TemporaryFolder folder;
  const fs::path path = folder / "metrics.jsonl";
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  PipedErrors errors;
  LineFile file(path);
  file.append("one");
  rlimit full = before;
  full.rlim_cur = 6;
  ::setrlimit(RLIMIT_FSIZE, &full);
  file.append("two");
  file.append("three");
  EXPECT_EQ(read_file(path), "one\ntw");
  ::setrlimit(RLIMIT_FSIZE, &before);
  file.append("four");
  EXPECT_EQ(read_file(path), "one\ntwo\nthree\nfour\n");
  const std::string told = errors.text();
  const size_t first = told.find("can't write " + path.string() + ": File too large; the run goes on");
  EXPECT_NE(first, std::string::npos) << told;
  EXPECT_EQ(told.find("can't write", first + 1), std::string::npos) << "told twice";
}

TEST(LineFile, AFolderThatIsNotThereIsAnError) { EXPECT_THROW(LineFile("/nowhere/at/all.jsonl"), IoError); }

}  // namespace
}  // namespace trireme::telemetry
