#include "trireme/cloud/lower/read_file.h"

#include <algorithm>

#include "trireme/cloud/document/cloudformation_tags.h"
#include "trireme/cloud/lower/batch_job.h"
#include "trireme/cloud/lower/cloudformation.h"
#include "trireme/cloud/lower/kubernetes.h"
#include "trireme/cloud/lower/pcluster.h"
#include "trireme/cloud/lower/scripts.h"
#include "trireme/config/access.h"
#include "trireme/config/json.h"
#include "trireme/config/source_text.h"
#include "trireme/config/yaml.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"

namespace trireme::cloud {

namespace {

bool ends_with(const std::string& text, std::string_view ending) {
  return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

bool looks_like_script(const std::string& path, const std::string& text) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return text.rfind("#!", 0) == 0 || ends_with(name, ".sh") || ends_with(name, ".sbatch") ||
         name.find("Dockerfile") != std::string::npos || ends_with(name, ".dockerfile");
}

bool looks_like_json(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && (text[first] == '{' || text[first] == '[');
}

std::string kind_of(const std::vector<config::Value>& documents) {
  for (const config::Value& document : documents) {
    const config::Table* table = config::as_table(&document);
    if (table == nullptr) continue;
    const auto has = [&](std::string_view key) { return config::find(*table, key) != nullptr; };
    if (has("Resources") || has("AWSTemplateFormatVersion")) return "cloudformation";
    if (has("HeadNode") || has("Scheduling")) return "pcluster";
    if (has("apiVersion") && has("kind")) return "kubernetes";
    if (has("jobDefinition") || has("jobDefinitionName")) return "batch-job";
  }
  return {};
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

std::vector<std::string> template_kinds() { return {"cloudformation", "pcluster", "batch-job", "kubernetes", "shell"}; }

Model read_template(const std::string& path, const std::string& kind, const Assignment& given,
                    Diagnostics& diagnostics) {
  const std::string text = read_file(path);
  Model nothing;
  nothing.file = path;
  nothing.kind = kind;
  if (kind == "shell" || (kind.empty() && looks_like_script(path, text))) {
    return config::check_text(text, path, diagnostics) ? lower_shell(text, path) : nothing;
  }
  std::vector<config::Value> documents;
  if (looks_like_json(text)) {
    if (auto document = config::parse_json(text, path, diagnostics)) documents.push_back(std::move(*document));
  } else {
    documents = config::parse_yaml_documents(text, path, diagnostics, cloudformation_tag);
  }
  if (documents.empty()) return nothing;
  const std::string found = kind.empty() ? kind_of(documents) : kind;
  if (found == "cloudformation") return lower_cloudformation(documents.front(), path, given, text.size());
  if (found == "pcluster") return lower_pcluster(documents.front(), path);
  if (found == "kubernetes") return lower_kubernetes(documents, path);
  if (found == "batch-job") return lower_batch_job(documents.front(), path);
  throw ConfigError(path + ": can't tell what kind of file this is; say it by --kind: " + join(template_kinds()));
}

}  // namespace trireme::cloud
