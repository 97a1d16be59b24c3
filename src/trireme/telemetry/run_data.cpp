#include "trireme/telemetry/run_data.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "trireme/core/error.h"

namespace trireme::telemetry {

namespace {

using nlohmann::ordered_json;

std::string text_of(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string read_if_there(const fs::path& path) { return fs::exists(path) ? read_file(path) : std::string(); }

void read_steps(const fs::path& path, RunData& run) {
  std::map<int64_t, StepRecord> steps;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    if (const auto record = parse_step_record(line)) {
      steps.insert_or_assign(record->step, *record);
    } else {
      ++run.broken_lines;
    }
  }
  for (const auto& [step, record] : steps) run.steps.push_back(record);
  if (!run.steps.empty()) return;
  throw FormatError(run.broken_lines > 0
                        ? format("{} holds no step record; is it the metrics.jsonl of a run?", path.string())
                        : format("{} is empty: the run has made no step yet", path.string()));
}

RunEvent event_of(const ordered_json& object) {
  RunEvent event;
  for (const auto& [key, value] : object.items()) {
    if (key == "time") {
      event.time = text_of(value);
    } else if (key == "event") {
      event.event = text_of(value);
    } else {
      if (key == "step" && value.is_number_integer()) event.step = value.get<int64_t>();
      event.details += format("{}{} {}", event.details.empty() ? "" : ", ", key, text_of(value));
    }
  }
  return event;
}

void add_straggler(const ordered_json& event, RunData& run) {
  if (!event.contains("rank") || !event.contains("phase")) return;
  const std::string text = format("rank {} ({})", text_of(event["rank"]), text_of(event["phase"]));
  if (std::find(run.stragglers.begin(), run.stragglers.end(), text) == run.stragglers.end())
    run.stragglers.push_back(text);
}

void read_events(const fs::path& path, RunData& run) {
  std::map<int64_t, Evaluation> evaluations;
  std::istringstream lines(read_if_there(path));
  for (std::string line; std::getline(lines, line);) {
    const ordered_json object = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object() || !object.contains("event")) continue;
    const RunEvent event = event_of(object);
    if (event.event == "straggler") add_straggler(object, run);
    if (event.event != "evaluate") {
      run.events.push_back(event);
    } else if (object.contains("loss") && object["loss"].is_number()) {
      evaluations[event.step] = {event.step, object["loss"].get<double>()};
    }
  }
  for (const auto& [step, evaluation] : evaluations) run.evaluations.push_back(evaluation);
}

void read_results(const fs::path& path, RunData& run) {
  std::istringstream lines(read_if_there(path));
  for (std::string line; std::getline(lines, line);) {
    const ordered_json object = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) continue;
    EvaluationResult result;
    for (const auto& [key, value] : object.items()) {
      if (key == "time") {
        result.time = text_of(value);
      } else if (key == "model") {
        result.model = text_of(value);
      } else if (key == "text" || key == "choices") {
        result.data = text_of(value);
      } else {
        const std::string number = value.is_number_float() ? format_fixed(value.get<double>(), 4) : text_of(value);
        result.figures += format("{}{} {}", result.figures.empty() ? "" : ", ", key, number);
      }
    }
    run.results.push_back(std::move(result));
  }
}

/// config.toml is a flat dump: [section] lines and one `key = value` a line.
void read_config(const fs::path& path, RunData& run) {
  std::istringstream lines(read_if_there(path));
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find(" = ");
    if (line.size() > 2 && line.front() == '[' && line.back() == ']') {
      section = line.substr(1, line.size() - 2) + ".";
    } else if (equals != std::string::npos && line.front() != '#') {
      run.config.emplace_back(section + line.substr(0, equals), line.substr(equals + 3));
    }
  }
}

void read_environment(const fs::path& path, RunData& run) {
  const ordered_json object = ordered_json::parse(read_if_there(path), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return;
  for (const char* key : {"started_at", "host", "processor", "cores", "world", "launcher", "trireme", "git_commit"}) {
    const auto found = object.find(key);
    if (found != object.end() && !found->is_null()) run.environment.emplace_back(key, text_of(*found));
  }
}

}  // namespace

RunData read_run(const fs::path& folder) {
  const fs::path metrics = folder / "metrics.jsonl";
  if (!fs::exists(metrics)) {
    throw IoError(
        format("{} is no run folder: it has no metrics.jsonl; name a folder such as runs/demo", folder.string()));
  }
  RunData run;
  run.name = fs::absolute(folder / ".").lexically_normal().parent_path().filename().string();
  read_steps(metrics, run);
  read_events(folder / "events.jsonl", run);
  read_results(folder / "evaluations.jsonl", run);
  read_config(folder / "config.toml", run);
  read_environment(folder / "environment.json", run);
  return run;
}

}  // namespace trireme::telemetry
