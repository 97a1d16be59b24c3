#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/cli/command.h"
#include "trireme/telemetry/plot.h"
#include "trireme/telemetry/report.h"
#include "trireme/telemetry/run_summary.h"

namespace trireme::cli {

namespace {

nlohmann::ordered_json to_json(const std::vector<telemetry::RunData>& runs) {
  auto all = nlohmann::ordered_json::array();
  const auto rows = telemetry::summarise(runs);
  for (size_t i = 0; i < runs.size(); ++i) {
    nlohmann::ordered_json run = {{"run", runs[i].name}};
    for (const telemetry::SummaryRow& row : rows) run[row.name] = row.values[i];
    run["Evaluations"] = nlohmann::ordered_json::array();
    for (const telemetry::EvaluationResult& result : runs[i].results) {
      run["Evaluations"].push_back(
          {{"model", result.model}, {"data", result.data}, {"figures", result.figures}, {"time", result.time}});
    }
    all.push_back(std::move(run));
  }
  return all;
}

void print_plot(const telemetry::RunData& run) {
  std::vector<std::pair<double, double>> loss;
  for (const telemetry::StepRecord& step : run.steps) loss.emplace_back(static_cast<double>(step.step), step.loss);
  std::cout << telemetry::text_plot(format("{}: loss by step", run.name), loss);
}

struct Report {
  std::vector<std::string> folders;
  std::string to;
  std::string picture;
  bool plot = false;
  bool json = false;

  void declare(Arguments& arguments) {
    arguments.positional("RUN", &folders, "run folder such as runs/demo; several are overlaid");
    arguments.option("--to", "FILE.html", &to, "page to write; default: report.html in the first run folder");
    arguments.option("--picture", "FILE.svg", &picture, "write the loss chart alone as well");
    arguments.flag("--plot", plot, "draw the loss in the terminal as well");
    arguments.json(json);
  }

  ExitCode run() const {
    std::vector<telemetry::RunData> runs;
    for (const std::string& folder : folders) {
      telemetry::RunData run = telemetry::read_run(folder);
      const bool taken =
          std::any_of(runs.begin(), runs.end(), [&](const auto& other) { return other.name == run.name; });
      if (taken) run.name = folder;
      runs.push_back(std::move(run));
    }
    const fs::path page = to.empty() ? fs::path(folders.front()) / "report.html" : fs::path(to);
    write_file_atomic(page, telemetry::html_report(runs));
    if (!picture.empty()) write_file_atomic(picture, telemetry::loss_svg(runs));
    if (json) {
      std::cout << to_json(runs).dump(2) << "\n";
      return ExitCode::kOk;
    }
    for (const telemetry::RunData& run : runs) {
      if (plot) print_plot(run);
    }
    std::cout << format("wrote {}\n", page.string());
    return ExitCode::kOk;
  }
};

const Registered<Report> registered{{
    .name = "report",
    .summary = "write one HTML page about runs: loss, throughput, MFU, memory and time",
    .example = "trireme report runs/demo runs/demo-2 --to report.html",
    .group = CommandGroup::kInspect,
}};

}  // namespace

}  // namespace trireme::cli
