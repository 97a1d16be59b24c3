#include "trireme/formats/checkpoint_folder.h"

#include <algorithm>
#include <charconv>
#include <iomanip>
#include <sstream>

#include "trireme/core/error.h"

namespace trireme::formats {

namespace {

constexpr std::string_view kPrefix = "step_";
constexpr size_t kDigits = 8;

}  // namespace

std::string folder_name(int64_t step) {
  std::ostringstream name;
  name << kPrefix << std::setfill('0') << std::setw(kDigits) << step;
  return name.str();
}

std::string spare_folder_name(int64_t step) {
  return format("{}0{}", kPrefix, folder_name(step).substr(kPrefix.size()));
}

std::optional<int64_t> step_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || name.size() < kPrefix.size() + kDigits) return std::nullopt;
  int64_t step = 0;
  const char* const end = name.data() + name.size();
  const auto [rest, problem] = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (problem != std::errc() || rest != end || step < 0) return std::nullopt;
  return step;
}

std::vector<fs::path> list_checkpoints(const fs::path& root) {
  std::vector<fs::path> found;
  try {
    for (const auto& entry : fs::directory_iterator(root)) {
      if (step_of(entry.path().filename().string()) && entry.is_directory()) found.push_back(entry.path());
    }
  } catch (const fs::filesystem_error& problem) {
    if (problem.code() == std::errc::no_such_file_or_directory) return {};
    throw IoError(format("can't list {}: {}", root.string(), problem.code().message()));
  }
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    const std::string left = a.filename().string(), right = b.filename().string();
    return std::pair(-*step_of(left), left.size()) < std::pair(-*step_of(right), right.size());
  });
  return found;
}

}  // namespace trireme::formats
