#pragma once

#include <nlohmann/json_fwd.hpp>

#include "trireme/telemetry/line_file.h"

namespace trireme::telemetry {

/// events.jsonl of a run: what happened beside the steps, one JSON object a line with "time" (UTC) and "event".
/// Events: start, restart, end (supervisor); resume {step}, evaluate {step, loss, tokens}, checkpoint {step, seconds},
/// straggler {step, rank, host, phase, share, slowdown}, warning {text} (rank 0).
/// Several processes may append at once. A full disk does not stop the run, see LineFile.
class EventLog {
 public:
  /// Opens for appending. Throws IoError.
  explicit EventLog(const fs::path& path) : file_(path) {}

  /// `details` is an object whose keys follow "time" and "event".
  void write(const std::string& event, const nlohmann::ordered_json& details);

 private:
  LineFile file_;
};

}  // namespace trireme::telemetry
