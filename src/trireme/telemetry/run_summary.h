#pragma once

#include <string>
#include <vector>

#include "trireme/telemetry/run_data.h"

namespace trireme::telemetry {

/// A figure of every run, ready to print.
struct SummaryRow {
  std::string name;
  std::string help;                 // how it was found
  std::vector<std::string> values;  // one a run; "–" when unknown
};

/// Final figures side by side. Speeds are medians over the steps, which a slow first step does not move.
std::vector<SummaryRow> summarise(const std::vector<RunData>& runs);

/// Options in which the recipes differ, "–" where a run has none. Empty for one run.
std::vector<SummaryRow> config_differences(const std::vector<RunData>& runs);

}  // namespace trireme::telemetry
