#include "trireme/cloud/deploy/step.h"

#include <algorithm>
#include <map>

#include "trireme/cloud/deploy/templates.h"
#include "trireme/cloud/targets/contracts.h"

namespace trireme::cloud {

std::vector<Step> steps_of(const Cluster& cluster, const std::vector<SynthFile>& files) {
  std::map<std::string, std::string> exporter;
  std::vector<Step> steps;
  for (const SynthFile& file : files) {
    if (file.kind != "cloudformation" && file.kind != "pcluster") continue;
    Step step{.name = file.target, .file = &file, .needs = {}};
    std::set<std::string> imports = file.imports;
    if (step.is_stack() && is_large(file)) imports.insert(contracts::bootstrap_bucket(cluster).export_name());
    for (const std::string& name : imports) {
      if (exporter.count(name) > 0) step.needs.insert(exporter.at(name));
    }
    for (const std::string& name : file.exports) exporter[name] = file.target;
    steps.push_back(std::move(step));
  }
  return steps;
}

bool has_data(const SynthFile& file) {
  const auto resources = resources_of(file);
  return std::any_of(resources.begin(), resources.end(),
                     [](const TemplateResource& resource) { return holds_data(resource.type); });
}

std::set<std::string> data_steps(const std::vector<Step>& steps) {
  std::set<std::string> kept;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (!step->is_stack()) continue;
    if (!has_data(*step->file) && kept.count(step->name) == 0) continue;
    kept.insert(step->name);
    kept.insert(step->needs.begin(), step->needs.end());
  }
  return kept;
}

}  // namespace trireme::cloud
