#include "unit/cloud_preflight/cases.h"

#include <fstream>
#include <optional>

#include "trireme/cloud/lower/cluster.h"
#include "trireme/cloud/lower/read_account.h"
#include "trireme/cloud/lower/read_file.h"
#include "trireme/cloud/preflight/preflight.h"
#include "trireme/core/error.h"

namespace trireme::cloud {

namespace {

Model read_model(const fs::path& file) {
  if (file.extension() == ".toml") {
    const LoadedCluster loaded = load_cluster(file, {});
    if (loaded.diagnostics.has_errors()) throw ConfigError(loaded.diagnostics.to_string());
    return lower_cluster(loaded.cluster, loaded.origins, file);
  }
  Diagnostics diagnostics;
  Model model = read_template(file, "", {}, diagnostics);
  if (diagnostics.has_errors()) throw ConfigError(diagnostics.to_string());
  return model;
}

std::string place(const fs::path& file, int line) { return format("{}:{}", file.filename().string(), line); }

}  // namespace

fs::path case_folder() { return fs::path(TRIREME_SOURCE_DIR) / "tests/data/preflight"; }

Marks marks_of(const fs::path& file) {
  constexpr std::string_view kMark = "# <- ";
  Marks marks;
  std::ifstream lines(file);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const size_t mark = line.find(kMark);
    if (mark != std::string::npos) marks.insert({place(file, number), line.substr(mark + kMark.size())});
  }
  std::ifstream expected(file.string() + ".expect");
  std::string word;
  for (int number = 0; expected >> number >> word;) marks.insert({place(file, number), word});
  return marks;
}

std::vector<Finding> judge_files(const std::vector<fs::path>& files, const fs::path& snapshot) {
  std::vector<Model> models;
  for (const fs::path& file : files) models.push_back(read_model(file));
  const auto account = snapshot.empty() ? std::nullopt : std::optional(read_account(snapshot));
  return preflight(models, account ? &*account : nullptr, kToday);
}

std::string place_of(const Finding& finding) { return place(finding.place.file, finding.place.line); }

}  // namespace trireme::cloud
