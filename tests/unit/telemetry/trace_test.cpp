#include "trireme/telemetry/trace.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/temporary_folder.h"

namespace trireme::telemetry {
namespace {

TEST(Tracer, EachRankHasItsFile) {
  EXPECT_EQ(Tracer::path_for("out/trace.json", Rank(0), WorldSize(1)), "out/trace.json");
  EXPECT_EQ(Tracer::path_for("out/trace.json", Rank(3), WorldSize(4)), "out/trace.rank_3.json");
}

TEST(Tracer, WritesSpansThatNest) {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "deep/trace.json";
  {
    Tracer tracer(path, Rank(2));
    const Span step(&tracer, "step", "step 1");
    const Span inner(&tracer, "gather", "model.layers.0", "issue");
    std::thread([&] { const Span other(&tracer, "comm", "all_gather \"7\""); }).join();
  }
  const auto events = nlohmann::json::parse(read_file(path));
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0]["args"]["name"], "rank 2");
  const auto &other = events[1], &inner = events[2], &step = events[3];
  EXPECT_EQ(other["name"], "all_gather \"7\"");
  EXPECT_EQ(inner["name"], "model.layers.0 issue");
  EXPECT_EQ(inner["cat"], "gather");
  EXPECT_EQ(inner["ph"], "X");
  EXPECT_EQ(step["pid"], 2);
  EXPECT_NE(other["tid"], inner["tid"]);
  EXPECT_LE(step["ts"], inner["ts"]);
  EXPECT_GE(step["ts"].get<double>() + step["dur"].get<double>(),
            inner["ts"].get<double>() + inner["dur"].get<double>());
}

TEST(Tracer, WithoutATracerASpanDoesNothing) { const Span span(nullptr, "compute", "nothing"); }

TEST(Tracer, LongTracesReachTheFileBeforeTheEnd) {
  const test::TemporaryFolder folder;
  Tracer tracer(folder / "trace.json", Rank(0));
  for (int i = 0; i < 2000; ++i) tracer.add("compute", "block", i, i + 0.5);
  EXPECT_GT(fs::file_size(folder / "trace.json"), 60000u);
}

}  // namespace
}  // namespace trireme::telemetry
