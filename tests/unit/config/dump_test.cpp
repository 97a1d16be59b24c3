#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/config/example.h"

namespace trireme::config {
namespace {

TEST(Dump, WritesEveryOptionThatApplies) {
  Example example;
  EXPECT_EQ(example.describe().dump_toml(), R"(version = 1

[train]
steps = 100
seed = 7
rate = 0.5
fast = false

[model]
mode = "plain"
title = "run"
paths = []
rope.type = "default"
)");
}

TEST(Dump, LeavesOutWhatIsSkipped) {
  Example example;
  const auto skip = [](const Option& option) { return option.name() != "train.seed"; };
  EXPECT_EQ(example.describe().dump_toml(skip), "\n[train]\nseed = 7\n");
}

TEST(Dump, ReadsBackTheSameBits) {
  const std::vector<double> rates = {0.1, 1.0 / 3.0, 5e-324, 1e-5, std::nextafter(1.0, 0.0), 0.0};
  const std::vector<std::string> titles = {
      "", "a\"b\\c", "tab\tnew\nline\r", "Zürich 京都", std::string("\x01\x7f"), "'#=[]"};
  for (size_t i = 0; i < rates.size(); ++i) {
    Example example;
    example.rate = rates[i];
    example.title = titles[i];
    example.seed = std::numeric_limits<int64_t>::max();
    example.paths = {titles[i], "second"};
    Example again;
    EXPECT_EQ(again.read(example.describe().dump_toml()), "");
    EXPECT_EQ(again.rate, example.rate);
    EXPECT_EQ(again.title, example.title);
    EXPECT_EQ(again.seed, example.seed);
    EXPECT_EQ(again.paths, example.paths);
  }
}

TEST(Reference, HasARowForEveryKey) {
  Example example;
  const std::string page = example.describe().reference_markdown();
  for (const std::string row :
       {"## [train]\n\nHow long.\n", "| `steps` | integer | `100` | at least 1 (steps) | number of updates |\n",
        "| `rate` | float | `0.5` | at least 0 and below 1 | part that is kept |\n",
        "| `mode` | string | `\"plain\"` | one of plain, fancy | how |\n",
        "| `rope.factor` | float | `2.0` | above 0; only with rope.type = \"linear\" | scaling |\n",
        "| `dropout` | | | only `0` | dropout is not built |\n"}) {
    EXPECT_NE(page.find(row), std::string::npos) << row << page;
  }
}

}  // namespace
}  // namespace trireme::config
