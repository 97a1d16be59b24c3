#pragma once

#include "trireme/cli/print_rows.h"

namespace trireme::cli {

/// The keys of a flat object as a line of comma-separated values (RFC 4180, lines ended by \n).
std::string csv_heading(const Json& row);
/// Its values.
std::string csv_line(const Json& row);

}  // namespace trireme::cli
