#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trireme/core/file.h"
#include "trireme/telemetry/step_record.h"

namespace trireme::telemetry {

struct Evaluation {
  int64_t step = 0;
  double loss = 0;
};

struct RunEvent {
  std::string time;
  std::string event;
  std::string details;  // "step 12, seconds 0.4"
  int64_t step = 0;     // 0: of no step
};

/// What `trireme evaluate` found of a checkpoint of the run.
struct EvaluationResult {
  std::string time;
  std::string model;    // "step_00000120"
  std::string data;     // the file
  std::string figures;  // "loss 2.6407, perplexity 14.0225"
};

/// What a run wrote down, as a report reads it.
struct RunData {
  std::string name;
  std::vector<StepRecord> steps;                                 // ascending, each step once
  std::vector<Evaluation> evaluations;                           // ascending, each step once
  std::vector<RunEvent> events;                                  // all but the evaluations, in order
  std::vector<EvaluationResult> results;                         // of evaluations.jsonl, in order
  std::vector<std::string> stragglers;                           // "rank 1 (compute)", each once
  std::vector<std::pair<std::string, std::string>> config;       // dotted key, value as TOML
  std::vector<std::pair<std::string, std::string>> environment;  // host, processor, world, …
  int64_t broken_lines = 0;  // of metrics.jsonl; a run may be writing its last one just now
};

/// Reads runs/NAME. Only metrics.jsonl must be there. Throws IoError when it is not, FormatError when it holds no step.
RunData read_run(const fs::path& folder);

}  // namespace trireme::telemetry
