#include "trireme/telemetry/report.h"

#include <cmath>

#include "trireme/core/check.h"
#include "trireme/core/clock.h"
#include "trireme/telemetry/chart.h"
#include "trireme/telemetry/run_summary.h"

namespace trireme::telemetry {

namespace {

using Figure = double (*)(const StepRecord&);

Series series_of(const RunData& run, int colour, const std::string& what, Figure figure) {
  Series series{.label = format("{} {}", run.name, what), .colour = colour, .dashed = false, .points = {}};
  for (const StepRecord& step : run.steps) series.points.emplace_back(static_cast<double>(step.step), figure(step));
  return series;
}

Chart empty_chart(const std::string& title, const std::string& unit, const std::vector<RunData>& runs) {
  Chart chart{.title = title, .unit = unit, .x_name = "step", .from_zero = true, .series = {}, .marks = {}};
  for (const RunData& run : runs) {
    for (const RunEvent& event : run.events) {
      if (event.event == "resume") {
        chart.marks.emplace_back(static_cast<double>(event.step),
                                 format("{} went on from step {}", run.name, event.step));
      }
    }
  }
  return chart;
}

Chart chart_of(const std::string& title, const std::string& unit, const std::vector<RunData>& runs, Figure figure) {
  Chart chart = empty_chart(title, unit, runs);
  for (size_t i = 0; i < runs.size(); ++i) {
    chart.series.push_back(series_of(runs[i], static_cast<int>(i), title, figure));
  }
  return chart;
}

Chart loss_chart(const std::vector<RunData>& runs) {
  Chart chart = chart_of("Loss", "nats a token; dashed: validation", runs, [](const StepRecord& s) { return s.loss; });
  chart.from_zero = false;
  for (size_t i = 0; i < runs.size(); ++i) {
    Series valid{.label = runs[i].name + " validation", .colour = static_cast<int>(i), .dashed = true, .points = {}};
    for (const Evaluation& evaluation : runs[i].evaluations) {
      valid.points.emplace_back(static_cast<double>(evaluation.step), evaluation.loss);
    }
    chart.series.push_back(std::move(valid));
  }
  return chart;
}

Chart time_chart(const std::vector<RunData>& runs) {
  Chart chart = chart_of("Step time", "seconds; dotted: waiting for data", runs,
                         [](const StepRecord& s) { return s.step_seconds; });
  for (size_t i = 0; i < runs.size(); ++i) {
    Series data = series_of(runs[i], static_cast<int>(i), "data", [](const StepRecord& s) { return s.data_seconds; });
    data.dotted = true;
    chart.series.push_back(std::move(data));
  }
  return chart;
}

std::vector<Chart> all_charts(const std::vector<RunData>& runs) {
  std::vector<Chart> charts = {
      loss_chart(runs),
      chart_of("Gradient norm", "before clipping", runs, [](const StepRecord& s) { return s.grad_norm; }),
      chart_of("Throughput", "tokens a second, all ranks", runs,
               [](const StepRecord& s) { return s.tokens_per_second; }),
      time_chart(runs),
      chart_of("MFU", "per cent of the dense peak", runs, [](const StepRecord& s) { return 100 * s.mfu; }),
      chart_of("Peak memory", "MiB, largest of all ranks", runs,
               [](const StepRecord& s) {
                 return s.peak_memory_bytes ? static_cast<double>(*s.peak_memory_bytes) / (1 << 20)
                                            : StepRecord::kUnknown;
               }),
      chart_of("Learning rate", "", runs, [](const StepRecord& s) { return s.lr; }),
  };
  // Steps that log nothing of a kind, such as MFU on a processor of unknown peak, get no empty picture.
  std::erase_if(charts, [](const Chart& chart) {
    for (const Series& series : chart.series) {
      for (const auto& [x, y] : series.points) {
        if (std::isfinite(y)) return false;
      }
    }
    return true;
  });
  return charts;
}

std::string legend(const std::vector<RunData>& runs) {
  std::string html = "<ul class=\"legend\">";
  for (size_t i = 0; i < runs.size(); ++i) {
    html += format(
        "<li class=\"s{}\"><svg viewBox=\"0 0 28 10\" aria-hidden=\"true\"><path class=\"line\" d=\"M0 5H28\"/>"
        "</svg><span>{}</span></li>",
        i % 8, escape_html(runs[i].name));
  }
  return html + "</ul>\n";
}

std::string figures(const std::vector<RunData>& runs) {
  std::string html = "<div class=\"charts\">\n";
  for (const Chart& chart : all_charts(runs)) {
    html += format("<figure><figcaption>{} <span>{}</span></figcaption>{}</figure>\n", escape_html(chart.title),
                   escape_html(chart.unit), draw_svg(chart));
  }
  return html + "</div>\n";
}

std::string table(const std::vector<RunData>& runs, const std::vector<SummaryRow>& rows, const std::string& first) {
  std::string html = format("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">{}</th>", escape_html(first));
  for (const RunData& run : runs) html += format("<th scope=\"col\">{}</th>", escape_html(run.name));
  html += "</tr></thead><tbody>\n";
  for (const SummaryRow& row : rows) {
    html += format("<tr><th scope=\"row\">{}{}</th>", escape_html(row.name),
                   row.help.empty() ? "" : format("<small>{}</small>", escape_html(row.help)));
    for (const std::string& value : row.values) html += format("<td>{}</td>", escape_html(value));
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string results_section(const std::vector<RunData>& runs) {
  std::string rows;
  for (const RunData& run : runs) {
    for (const EvaluationResult& result : run.results) {
      rows += "<tr>";
      for (const std::string* cell : {&run.name, &result.model, &result.data, &result.figures, &result.time}) {
        rows += format("<td>{}</td>", escape_html(*cell));
      }
      rows += "</tr>\n";
    }
  }
  if (rows.empty()) return {};
  return "<h2>Evaluations</h2>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Run</th>"
         "<th scope=\"col\">Checkpoint</th><th scope=\"col\">Data</th><th scope=\"col\">Figures</th>"
         "<th scope=\"col\">Time</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></div>\n";
}

std::string events_section(const RunData& run) {
  std::string html = format(
      "<details><summary>Events of {} ({})</summary><div class=\"scroll\"><table><thead><tr>"
      "<th scope=\"col\">Time</th><th scope=\"col\">Event</th><th scope=\"col\">Details</th></tr>"
      "</thead><tbody>\n",
      escape_html(run.name), run.events.size());
  for (const RunEvent& event : run.events) {
    html += format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", escape_html(event.time), escape_html(event.event),
                   escape_html(event.details));
  }
  return html + "</tbody></table></div></details>\n";
}

std::string config_section(const RunData& run) {
  std::string html = format("<details><summary>Recipe and environment of {}</summary><p><code>", escape_html(run.name));
  for (const auto* pairs : {&run.environment, &run.config}) {
    for (const auto& [key, value] : *pairs) html += escape_html(format("{} = {}", key, value)) + "<br>";
  }
  return html + "</code></p></details>\n";
}

std::string title_of(const std::vector<RunData>& runs) {
  std::string names;
  for (const RunData& run : runs) names += (names.empty() ? "" : ", ") + run.name;
  return names;
}

}  // namespace

std::string loss_svg(const std::vector<RunData>& runs) {
  TRIREME_CHECK(!runs.empty(), "a picture needs a run");
  return standalone_svg(loss_chart(runs), report_style());
}

std::string html_report(const std::vector<RunData>& runs) {
  TRIREME_CHECK(!runs.empty(), "a report needs a run");
  const std::string title = escape_html(title_of(runs));
  std::string html = format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n",
      title, report_style(), title);
  html += format("<p class=\"dim\">trireme report, {}</p>\n", utc_timestamp());
  for (const RunData& run : runs) {
    if (run.broken_lines == 0) continue;
    html += format("<p>{}: {} line(s) of metrics.jsonl could not be read and are left out.</p>\n",
                   escape_html(run.name), run.broken_lines);
  }
  if (runs.size() > 1) html += legend(runs);
  html += figures(runs);
  html += "<h2>Final figures</h2>\n" + table(runs, summarise(runs), "");
  html += results_section(runs);
  if (runs.size() > 1) {
    const auto differences = config_differences(runs);
    html += "<h2>What the recipes differ in</h2>\n";
    html += differences.empty() ? "<p>Nothing.</p>\n" : table(runs, differences, "Option");
  }
  html += "<h2>Details</h2>\n";
  for (const RunData& run : runs) html += events_section(run) + config_section(run);
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace trireme::telemetry
