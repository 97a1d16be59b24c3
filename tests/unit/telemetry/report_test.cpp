#include "trireme/telemetry/report.h"

#include <gtest/gtest.h>
#include <cmath>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/core/error.h"
#include "trireme/telemetry/axis.h"
#include "trireme/telemetry/chart.h"
#include "trireme/telemetry/plot.h"
#include "trireme/telemetry/run_log.h"
#include "trireme/telemetry/run_summary.h"

namespace trireme::telemetry {
namespace {

using test::TemporaryFolder;

/// A run of `steps` steps whose loss is 10 / step and whose speed is 1000 tokens a second but for the first step.
RunData make_run(const TemporaryFolder& folder, const std::string& name, int steps) {
  RunLog log({.folder = folder / name, .last_step = 0, .tensorboard = false});
  for (int step = 1; step <= steps; ++step) {
    StepRecord record;
    record.step = step;
    record.loss = 10.0 / step;
    record.tokens_per_second = step == 1 ? 10 : 1000;
    record.tokens_seen = 100 * step;
    log.step(record);
  }
  log.evaluation(steps, 3.25, 100);
  test::write_file(folder / name / "config.toml", "version = 1\n[train]\nsteps = " + std::to_string(steps) +
                                                      "\nseed = 1\n[log]\nname = \"" + name + "\"\n");
  return read_run(folder / name);
}

std::string value_of(const std::vector<SummaryRow>& rows, const std::string& name, size_t run = 0) {
  for (const SummaryRow& row : rows) {
    if (row.name == name) return row.values.at(run);
  }
  return "absent";
}

TEST(RunData, ReadsWhatARunLogWrote) {
  const TemporaryFolder folder;
  const RunData run = make_run(folder, "demo", 4);
  EXPECT_EQ(run.name, "demo");
  ASSERT_EQ(run.steps.size(), 4u);
  EXPECT_EQ(run.steps[3].loss, 2.5);
  ASSERT_EQ(run.evaluations.size(), 1u);
  EXPECT_EQ(run.evaluations[0].loss, 3.25);
  EXPECT_EQ(run.config[1], (std::pair<std::string, std::string>("train.steps", "4")));
}

TEST(RunData, BrokenLinesAreCountedAndTheRestIsRead) {
  const TemporaryFolder folder;
  make_run(folder, "demo", 3);
  test::write_file(folder / "demo/metrics.jsonl", read_file(folder / "demo/metrics.jsonl") + "{\"step\":4,\"lo");
  const RunData run = read_run(folder / "demo");
  EXPECT_EQ(run.steps.size(), 3u);
  EXPECT_EQ(run.broken_lines, 1);
  EXPECT_NE(html_report({run}).find("1 line(s) of metrics.jsonl could not be read"), std::string::npos);
}

TEST(RunData, MissingEmptyAndForeignFiles) {
  const TemporaryFolder folder;
  EXPECT_ERROR(IoError, "is no run folder: it has no metrics.jsonl", read_run(folder / "absent"));
  test::write_file(folder / "metrics.jsonl", "");
  EXPECT_ERROR(FormatError, "the run has made no step yet", read_run(folder.path()));
  test::write_file(folder / "metrics.jsonl", "PK\x03\x04\n");
  EXPECT_ERROR(FormatError, "holds no step record", read_run(folder.path()));
}

TEST(RunSummary, FiguresHaveKnownValues) {
  const TemporaryFolder folder;
  const auto rows = summarise({make_run(folder, "demo", 4)});
  EXPECT_EQ(value_of(rows, "Steps"), "4");
  EXPECT_EQ(value_of(rows, "Training loss"), "5.2083");  // (10 + 5 + 10/3 + 2.5) / 4
  EXPECT_EQ(value_of(rows, "Validation loss"), "3.2500");
  EXPECT_EQ(value_of(rows, "Tokens a second"), format_count(1000));
  EXPECT_EQ(value_of(rows, "MFU"), "–");
}

TEST(RunSummary, ShowsOnlyOptionsThatDiffer) {
  const TemporaryFolder folder;
  const auto rows = config_differences({make_run(folder, "a", 3), make_run(folder, "b", 5)});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].name, "train.steps");
  EXPECT_EQ(rows[0].values, (std::vector<std::string>{"3", "5"}));
}

TEST(Report, IsOneClosedPageOfAllRuns) {
  const TemporaryFolder folder;
  const std::string html = html_report({make_run(folder, "a", 3), make_run(folder, "b<&>", 5)});
  for (const char* part : {"<!doctype html>", "b&lt;&amp;&gt;", "What the recipes differ in",
                           "prefers-color-scheme:dark", "role=\"img\"", "</html>"}) {
    EXPECT_NE(html.find(part), std::string::npos) << part;
  }
  for (const char* part : {"http://", "https://", "<script", "<link", "@import", "url(", "b<&>", "nan", "inf"}) {
    EXPECT_EQ(html.find(part), std::string::npos) << part;
  }
}

TEST(Chart, PointsLandWhereTheAxesSay) {
  const Chart chart{.title = "t",
                    .unit = "",
                    .x_name = "step",
                    .from_zero = true,
                    .series = {{.label = "a", .colour = 0, .points = {{0, 0}, {10, 100}}}},
                    .marks = {}};
  // The frame is 56 to 546 by 260 to 14, with 5 % above the highest point: 260 - 246 / 1.05 = 25.7.
  EXPECT_NE(draw_svg(chart).find("d=\"M56.0 260.0L546.0 25.7\""), std::string::npos) << draw_svg(chart);
}

TEST(Chart, GapsBreakTheLineAndThinningKeepsPeaks) {
  Series series{.label = "a", .colour = 0, .points = {}};
  for (int i = 0; i < 100000; ++i) series.points.emplace_back(i, i == 77777 ? 50 : 1);
  series.points[500].second = NAN;
  const std::string svg =
      draw_svg({.title = "t", .unit = "", .x_name = "step", .from_zero = true, .series = {series}, .marks = {}});
  EXPECT_LT(svg.size(), 40000u);
  EXPECT_NE(svg.find(" 25.7L"), std::string::npos) << "the peak is gone";
  const size_t path = svg.find("class=\"line\"");
  EXPECT_NE(svg.find('M', svg.find('M', path) + 1), std::string::npos) << "the gap is gone";
}

TEST(Chart, WithoutDataItSaysSo) {
  EXPECT_NE(draw_svg({.title = "t", .unit = "", .x_name = "step", .series = {}, .marks = {}}).find("no data"),
            std::string::npos);
}

TEST(Axis, TicksAreRoundAndInside) {
  EXPECT_EQ(make_axis(0, 10, 5).ticks, (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(make_axis(3.9, 8.3, 4).ticks, (std::vector<double>{4, 6, 8}));
  EXPECT_EQ(make_axis(-1, 1, 4).ticks, (std::vector<double>{-1, -0.5, 0, 0.5, 1}));
  const Axis flat = make_axis(5, 5, 4);
  EXPECT_LT(flat.low, 5);
  EXPECT_GT(flat.high, 5);
  EXPECT_EQ(short_number(12500), "12.5k");
  EXPECT_EQ(short_number(0.002), "0.002");
}

TEST(TextPlot, DrawsAFallingLine) {
  const std::string plot = text_plot("loss", {{1, 8}, {2, 6}, {3, 4}}, 20, 6);
  EXPECT_EQ(plot,
            "loss\n"
            "      8│⠑⠢⣀\n"
            "      7│   ⠉⠢⢄\n"
            "      6│      ⠑⠢⣀\n"
            "      4│         ⠑⠢⢄\n"
            "       1           3\n")
      << plot;
  EXPECT_EQ(text_plot("loss", {{1, NAN}}), "loss: no data\n");
}

TEST(Report, NamesStragglersOnceAndSaysWhereItCanNotKnow) {
  const TemporaryFolder folder;
  make_run(folder, "slow", 3);
  RunLog log({.folder = folder / "slow", .last_step = 3, .tensorboard = false});
  StepRecord record;
  record.step = 4;
  EXPECT_EQ(value_of(summarise({read_run(folder / "slow")}), "Stragglers"), "–");
  record.comm_seconds = 0.1;
  log.step(record);
  EXPECT_EQ(value_of(summarise({read_run(folder / "slow")}), "Stragglers"), "none seen");
  for (const int64_t step : {30, 90})
    log.straggler(step, {.rank = 1, .phase = "compute", .share = 0.9, .slowdown = 2.5}, "host-b");
  const RunData run = read_run(folder / "slow");
  EXPECT_EQ(value_of(summarise({run}), "Stragglers"), "rank 1 (compute)");
  test::expect_contains(html_report({run}), "step 30, rank 1, host host-b, phase compute, share 0.9, slowdown 2.5");
}

}  // namespace
}  // namespace trireme::telemetry
