#pragma once

#include <optional>
#include <string>

namespace trireme {

/// The only place that reads or sets environment variables. docs/reference lists every name the project reads.
std::optional<std::string> env(const char* name);
/// Sets it for this process and its children unless it is set. REQUIRES: no other thread reads the environment now.
void set_env_default(const char* name, const char* value);
/// As an integer. Throws UsageError when the variable is set to something else.
std::optional<int64_t> env_int(const char* name);
/// This host's name.
std::string host_name();

}  // namespace trireme
