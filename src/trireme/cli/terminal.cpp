#include "trireme/cli/terminal.h"

#include <unistd.h>

#include "trireme/core/environment.h"

namespace trireme::cli {

namespace {

bool has_colour(int fd) { return isatty(fd) != 0 && !env("NO_COLOR") && env("TERM").value_or("dumb") != "dumb"; }

}  // namespace

bool output_has_colour() { return has_colour(STDOUT_FILENO); }
bool errors_have_colour() { return has_colour(STDERR_FILENO); }

std::string bold(const std::string& text) { return output_has_colour() ? "\x1b[1m" + text + "\x1b[0m" : text; }

}  // namespace trireme::cli
