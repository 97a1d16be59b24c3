#pragma once

#include <string>

namespace trireme::cli {

/// Is standard output a terminal that wants colour? Not when NO_COLOR is set or TERM is "dumb".
bool output_has_colour();
/// The same for standard error.
bool errors_have_colour();

/// Bold on a terminal, plain elsewhere.
std::string bold(const std::string& text);

}  // namespace trireme::cli
