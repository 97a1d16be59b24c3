#include "trireme/cli/size_argument.h"

#include <charconv>
#include <string_view>

#include "trireme/core/error.h"

namespace trireme::cli {

int64_t parse_size(const std::string& option, const std::string& text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},     {"B", 1},        {"KB", 1e3},        {"MB", 1e6},
      {"GB", 1e9}, {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}};
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const auto& [name, factor] : kUnits) {
    if (problem == std::errc() && unit == name && number * factor >= 1) return static_cast<int64_t>(number * factor);
  }
  throw UsageError(format("{}: \"{}\" is no size; write 5GB, 4KiB or a number of bytes", option, text));
}

}  // namespace trireme::cli
