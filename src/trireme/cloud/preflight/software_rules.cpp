#include <algorithm>
#include <array>

#include "trireme/catalog/efa_environment.h"
#include "trireme/catalog/version_rules.h"
#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

Level level_of(Severity severity) {
  switch (severity) {
    case Severity::kError: return Level::kError;
    case Severity::kWarning: return Level::kWarning;
    case Severity::kInfo: return Level::kInfo;
  }
  return Level::kInfo;
}

std::optional<catalog::Version> version_of(const Text& text) {
  if (!text) return std::nullopt;
  auto version = catalog::Version::parse(*text);
  return version ? std::optional<catalog::Version>(*version) : std::nullopt;
}

const catalog::InstanceType* instance_of(const Text& text) {
  return text ? catalog::find_instance_type(*text) : nullptr;
}

catalog::Stack stack_of(const SoftwareModel& software) {
  catalog::Stack stack;
  stack.instance = instance_of(software.instance);
  stack.efa_installer = version_of(software.efa_installer);
  stack.libfabric = version_of(software.libfabric);
  stack.plugin = version_of(software.plugin);
  stack.nccl = version_of(software.nccl);
  stack.cuda = version_of(software.cuda);
  stack.driver = version_of(software.driver);
  stack.kernel = version_of(software.kernel);
  return stack;
}

/// The version that a rule is about, by its name in conditions, to point at its line.
const Text* component(const SoftwareModel& software, std::string_view name) {
  const std::array<std::pair<std::string_view, const Text*>, 7> all = {{{"libfabric", &software.libfabric},
                                                                        {"plugin", &software.plugin},
                                                                        {"efa-installer", &software.efa_installer},
                                                                        {"nccl", &software.nccl},
                                                                        {"cuda", &software.cuda},
                                                                        {"driver", &software.driver},
                                                                        {"kernel", &software.kernel}}};
  for (const auto& [key, text] : all) {
    if (key == name) return text;
  }
  return nullptr;
}

const std::vector<catalog::VersionRule>& version_rules() {
  static const auto rules = catalog::version_rules();
  return rules;
}

void check_versions(const Model& model, Judge& judge) {
  for (const SoftwareModel& software : model.software) {
    for (const catalog::Finding& finding : catalog::check_versions(version_rules(), stack_of(software))) {
      SourceLocation place = software.where;
      for (const catalog::VersionRule& rule : version_rules()) {
        if (rule.id != finding.rule) continue;
        for (const catalog::Component* each : rule.required.components()) {
          const Text* version = component(software, each->name);
          if (version != nullptr && *version) place = version->where;
        }
      }
      judge.find(place, software.name, finding.evidence,
                 {.level = level_of(finding.severity), .remedy = finding.remedy, .source = finding.source});
    }
  }
}

void check_environment(const Model& model, Judge& judge) {
  static const auto environment = catalog::EfaEnvironment::load();
  catalog::Stack stack;
  if (model.software.size() == 1) stack = stack_of(model.software.front());
  for (const Setting& setting : model.settings) {
    if (!setting.value) continue;
    if (setting.instance) stack.instance = instance_of(setting.instance);
    const auto finding = environment.judge(stack, setting.name, *setting.value);
    if (!finding) continue;
    judge.find(setting.value.where, setting.name, finding->evidence,
               {.level = level_of(finding->severity), .remedy = finding->remedy, .source = finding->source});
  }
}

bool holds_any(const std::string& text, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const char* part) { return text.find(part) != std::string::npos; });
}

/// The metadata service and the node itself.
bool is_local(const std::string& url) {
  return holds_any(url, {"//169.254.", "//localhost", "//127.0.0.1", "//[fd00:"});
}

/// A URL that names a branch, or the latest release, gives other bytes tomorrow.
bool moves(const std::string& url) {
  return holds_any(url, {"/main/", "/master/", "/HEAD/", "/refs/heads/", "/releases/latest/", "/latest/"}) &&
         !holds_any(url, {".html", "//docs."});
}

void check_scripts(const Model& model, Judge& judge) {
  for (const Text& script : model.scripts) {
    if (!script || script->rfind("http", 0) != 0 || is_local(*script) || !moves(*script)) continue;
    judge.find(script.where, "script", format("{} changes when its authors push", *script));
  }
}

void check_transport(const Model& model, Judge& judge) {
  for (const Text& script : model.scripts) {
    if (!script || script->rfind("http://", 0) != 0 || is_local(*script)) continue;
    if (!holds_any(*script, {".deb", ".rpm", ".sh", ".tar"})) continue;
    judge.find(script.where, "script", format("{} comes without TLS", *script));
  }
}

constexpr Rule kRules[] = {
    {"software-versions", Level::kError,
     "Versions of driver, CUDA, NCCL, plugin and EFA installer suit each other and the type",
     "`trireme efa-env` shows what a stack needs", "facts/version_rules.tsv, a source a row", check_versions},
    {"environment", Level::kWarning, "Environment variables of EFA and NCCL help",
     "`trireme efa-env` shows what to set", "facts/efa_variables.tsv, a source a row", check_environment},
    {"script-unpinned", Level::kWarning, "A script that nodes fetch is pinned to a revision",
     "name a commit or a release, or copy it to a bucket of your own",
     "OWASP Top 10, Software and Data Integrity Failures", check_scripts},
    {"script-plain-http", Level::kWarning, "A script or package is fetched over TLS", "use https, and check its hash",
     "OWASP Top 10, Software and Data Integrity Failures", check_transport},
};

}  // namespace

std::span<const Rule> software_rules() { return kRules; }

}  // namespace trireme::cloud
