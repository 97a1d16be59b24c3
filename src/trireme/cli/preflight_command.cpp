#include <ctime>
#include <iostream>

#include "trireme/cli/command.h"
#include "trireme/cloud/description/load.h"
#include "trireme/cloud/lower/cluster.h"
#include "trireme/cloud/lower/read_account.h"
#include "trireme/cloud/lower/read_file.h"
#include "trireme/cloud/preflight/preflight.h"

namespace trireme::cli {

namespace {

/// "2026-11-25", in UTC.
std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[sizeof "2026-11-25"];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

/// What a reader refused, as findings.
void add(const Diagnostics& diagnostics, const std::string& rule, const std::string& file,
         std::vector<cloud::Finding>& findings) {
  for (const Diagnostic& item : diagnostics.items()) {
    const cloud::Level level = item.severity == Severity::kError     ? cloud::Level::kError
                               : item.severity == Severity::kWarning ? cloud::Level::kWarning
                                                                     : cloud::Level::kInfo;
    SourceLocation place = item.where;
    if (place.file.empty()) place.file = file;
    findings.push_back({rule, level, place, item.key.empty() ? "file" : item.key, item.message,
                        item.hint.empty() ? "correct the file at this place" : item.hint,
                        rule == "description" ? "docs/reference/cluster.md" : "the language's own specification"});
  }
}

struct Preflight {
  std::string cluster;
  std::vector<std::string> templates;
  std::string kind;
  std::string snapshot;
  std::vector<std::string> settings;
  bool json = false;

  void declare(Arguments& arguments) {
    arguments.optional_positional("CLUSTER", &cluster, "cluster description, as docs/reference/cluster.md has it");
    arguments.option("--template", "FILE", &templates,
                     "a template from elsewhere, instead of CLUSTER; may be repeated: files deployed together");
    arguments.option("--kind", "KIND", &kind, "what the templates are; without it their content tells").choices =
        cloud::template_kinds();
    arguments.option("--snapshot", "FILE", &snapshot, "what the account has, by `trireme account snapshot`");
    arguments.option("--set", "KEY=VALUE", &settings,
                     "override one key of the description, or one parameter of the templates; may be repeated");
    arguments.json(json);
  }

  ExitCode run() const {
    if (cluster.empty() == templates.empty()) {
      throw UsageError("preflight: give either CLUSTER or --template FILE");
    }
    std::vector<cloud::Finding> findings;
    std::vector<cloud::Model> models;
    if (cluster.empty()) {
      read_templates(models, findings);
    } else {
      const cloud::LoadedCluster loaded = cloud::load_cluster(cluster, settings);
      add(loaded.diagnostics, "description", cluster, findings);
      if (!loaded.diagnostics.has_errors()) {
        models.push_back(cloud::lower_cluster(loaded.cluster, loaded.origins, cluster));
      }
    }
    const auto account = snapshot.empty() ? std::nullopt : std::optional(cloud::read_account(snapshot));
    for (cloud::Finding& each : cloud::preflight(models, account ? &*account : nullptr, today())) {
      findings.push_back(std::move(each));
    }
    std::cout << (json ? cloud::to_json(findings) : cloud::to_text(findings));
    return cloud::has_errors(findings) ? ExitCode::kFailed : ExitCode::kOk;
  }

 private:
  void read_templates(std::vector<cloud::Model>& models, std::vector<cloud::Finding>& findings) const {
    cloud::Assignment given;
    for (const std::string& setting : settings) {
      const size_t equals = setting.find('=');
      if (equals == std::string::npos || equals == 0) {
        throw UsageError(format("preflight: --set takes PARAMETER=VALUE, got \"{}\"", setting));
      }
      given[setting.substr(0, equals)] = setting.substr(equals + 1);
    }
    for (const std::string& path : templates) {
      Diagnostics diagnostics;
      cloud::Model model = cloud::read_template(path, kind, given, diagnostics);
      add(diagnostics, "syntax", path, findings);
      if (!diagnostics.has_errors()) models.push_back(std::move(model));
    }
  }
};

const Registered<Preflight> registered{{
    .name = "preflight",
    .summary = "find offline what would fail in a deploy or a job",
    .example = "trireme preflight clusters/llama.toml",
    .group = CommandGroup::kCluster,
}};

}  // namespace

}  // namespace trireme::cli
