#pragma once

#include <string>
#include <vector>

#include "trireme/telemetry/run_data.h"

namespace trireme::telemetry {

/// One HTML page about these runs, overlaid: final figures, loss, throughput, MFU, memory and step time over steps,
/// what their recipes differ in, and their events. Self-contained: no script, no font, no link to elsewhere.
/// REQUIRES: at least one run.
std::string html_report(const std::vector<RunData>& runs);

/// The page's loss chart as an SVG file. REQUIRES: at least one run.
std::string loss_svg(const std::vector<RunData>& runs);

/// The style sheet of the page: light or dark as the reader's system is.
std::string_view report_style();

}  // namespace trireme::telemetry
