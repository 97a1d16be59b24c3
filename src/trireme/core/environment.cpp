#include "trireme/core/environment.h"

#include <unistd.h>
#include <array>
#include <charconv>
#include <cstdlib>

#include "trireme/core/error.h"

namespace trireme {

std::optional<std::string> env(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

void set_env_default(const char* name, const char* value) { ::setenv(name, value, /*overwrite=*/0); }

std::optional<int64_t> env_int(const char* name) {
  const auto text = env(name);
  if (!text) return std::nullopt;
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (problem != std::errc() || end != text->data() + text->size()) {
    throw UsageError(format("environment variable {} must be an integer, got \"{}\"", name, *text));
  }
  return value;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown-host";
  return name.data();
}

}  // namespace trireme
