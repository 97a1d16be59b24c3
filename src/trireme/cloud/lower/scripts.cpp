#include "trireme/cloud/lower/scripts.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "trireme/cloud/environment/shell_variables.h"

namespace trireme::cloud {

namespace {

/// Line of an offset. The text of a block scalar begins on the line after its indicator.
SourceLocation place_of(const Text& text, size_t offset) {
  SourceLocation where = text.where;
  const auto lines = std::count(text->begin(), text->begin() + static_cast<std::ptrdiff_t>(offset), '\n');
  const bool block = text->find('\n') != std::string::npos && text.where.column > 1;
  where.line += static_cast<int>(lines) + (block ? 1 : 0);
  return where;
}

void add_urls(const Text& text, Model& model) {
  for (const char* scheme : {"https://", "http://"}) {
    size_t begin = text->find(scheme);
    while (begin != std::string::npos) {
      const size_t end = std::min(text->find_first_of(" \t\r\n\"'`;|)>,", begin), text->size());
      model.scripts.push_back({text->substr(begin, end - begin), place_of(text, begin), false});
      begin = text->find(scheme, end);
    }
  }
}

void add_settings(const Text& text, Model& model) {
  for (EnvironmentSetting& setting : read_shell_variables(*text, text.where.file)) {
    SourceLocation where = text.where;
    where.line = place_of(text, 0).line + setting.where.line - 1;
    model.settings.push_back({setting.name, {setting.value, where, !setting.value}, {}});
  }
}

/// Versions that build files set, by the names that the public nccl-tests image and its like give them.
void add_software(const std::string& file, Model& model) {
  struct Known {
    const char* variable;
    Text SoftwareModel::*version;
  };
  static constexpr std::array<Known, 6> kKnown = {{{"EFA_INSTALLER_VERSION", &SoftwareModel::efa_installer},
                                                   {"NCCL_VERSION", &SoftwareModel::nccl},
                                                   {"AWS_OFI_NCCL_VERSION", &SoftwareModel::plugin},
                                                   {"LIBFABRIC_VERSION", &SoftwareModel::libfabric},
                                                   {"CUDA_VERSION", &SoftwareModel::cuda},
                                                   {"DRIVER_VERSION", &SoftwareModel::driver}}};
  SoftwareModel software;
  software.name = "versions";
  software.where = {file, 1, 1};
  bool found = false;
  for (const Setting& setting : model.settings) {
    for (const Known& known : kKnown) {
      if (setting.name != known.variable || !setting.value) continue;
      software.*known.version = setting.value;
      software.where = setting.value.where;
      found = true;
    }
  }
  if (found) model.software.push_back(std::move(software));
}

/// FROM lines of a Dockerfile; a stage that an earlier line named is no image.
void add_base_images(const std::string& text, const std::string& file, Model& model) {
  std::istringstream lines(text);
  std::vector<std::string> stages;
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string from, image, as, stage;
    words >> from >> image;
    while (image.rfind("--", 0) == 0) words >> image;
    words >> as >> stage;
    if (from != "FROM" || image.empty()) continue;
    const bool known_stage = std::find(stages.begin(), stages.end(), image) != stages.end();
    if (!stage.empty()) stages.push_back(stage);
    if (known_stage || image == "scratch") continue;
    ContainerJob job;
    job.name = "FROM " + image;
    job.where = {file, number, 1};
    job.image = {image, job.where, image.find('$') != std::string::npos};
    if (job.image.unknown) job.image.value.reset();
    job.runs = false;
    model.jobs.push_back(std::move(job));
  }
}

}  // namespace

void add_script_text(const Text& text, Model& model) {
  if (!text) return;
  add_urls(text, model);
  if (text->find('\n') != std::string::npos) add_settings(text, model);
}

Model lower_shell(const std::string& text, const std::string& file) {
  Model model;
  model.file = file;
  model.kind = "shell";
  // The file begins at its own first line.
  const Text whole = {text, {file, 1, 0}, false};
  add_urls(whole, model);
  add_settings(whole, model);
  add_base_images(text, file, model);
  add_software(file, model);
  return model;
}

}  // namespace trireme::cloud
