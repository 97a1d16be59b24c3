#include "trireme/cloud/lower/scripts.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "trireme/cloud/environment/shell_variables.h"

namespace trireme::cloud {

namespace {

/// Line of a place in a text. Lines of a script file and of a literal block of YAML, which begin at column 1, are the
/// file's own; a quoted text is on one line of it.
int line_at(const Text& text, size_t newlines_before) {
  return text.where.line + (text.where.column == 1 ? static_cast<int>(newlines_before) : 0);
}

void add_urls(const Text& text, Model& model) {
  SourceLocation where = text.where;
  size_t counted = 0, newlines = 0;
  for (size_t begin = text->find("http"); begin != std::string::npos; begin = text->find("http", begin + 1)) {
    if (text->compare(begin, 7, "http://") != 0 && text->compare(begin, 8, "https://") != 0) continue;
    newlines += static_cast<size_t>(std::count(text->begin() + static_cast<std::ptrdiff_t>(counted),
                                               text->begin() + static_cast<std::ptrdiff_t>(begin), '\n'));
    counted = begin;
    where.line = line_at(text, newlines);
    const size_t end = std::min(text->find_first_of(" \t\r\n\"'`;|)>,", begin), text->size());
    model.scripts.push_back({text->substr(begin, end - begin), where, false});
    begin = end - 1;
  }
}

void add_settings(const Text& text, Model& model) {
  for (EnvironmentSetting& setting : read_shell_variables(*text, text.where.file)) {
    SourceLocation where = text.where;
    where.line = line_at(text, static_cast<size_t>(setting.where.line - 1));
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
    while (image.rfind("--", 0) == 0 && words >> image) {
    }
    words >> as >> stage;
    if (from != "FROM" || image.empty() || image.rfind("--", 0) == 0) continue;
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

void add_command(const Facts<std::string>& command, Model& model) {
  std::string line;
  for (const Text& word : command.items) {
    // A word with spaces is a script, or quoted text.
    const bool script = word->find_first_of(" \t\n") != std::string::npos;
    if (script) add_script_text(word, model);
    line += (line.empty() ? "" : " ") + (script ? std::string("''") : *word);
  }
  if (!line.empty()) add_settings({line, command.where, false}, model);
}

Model lower_shell(const std::string& text, const std::string& file) {
  Model model;
  model.file = file;
  model.kind = "shell";
  const Text whole = {text, {file, 1, 1}, false};
  add_urls(whole, model);
  add_settings(whole, model);
  add_base_images(text, file, model);
  add_software(file, model);
  return model;
}

}  // namespace trireme::cloud
