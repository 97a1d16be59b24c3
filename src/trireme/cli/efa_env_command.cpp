#include <algorithm>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "trireme/catalog/efa_environment.h"
#include "trireme/catalog/network_card.h"
#include "trireme/catalog/version_rules.h"
#include "trireme/cli/command.h"
#include "trireme/cli/terminal.h"
#include "trireme/cloud/environment/shell_lines.h"

namespace trireme::cli {

namespace {

using catalog::Advice;
using catalog::Finding;
using Json = nlohmann::ordered_json;
using Columns = std::vector<std::string>;

const char* name_of(Advice::State state) {
  switch (state) {
    case Advice::State::kSet: return "set";
    case Advice::State::kUnset: return "unset";
    case Advice::State::kUndecided: return "undecided";
  }
  return "undecided";
}

const char* name_of(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }

bool failed(const std::vector<Finding>& findings) {
  return std::ranges::any_of(findings, [](const Finding& each) { return each.severity == Severity::kError; });
}

std::string option_of(const std::string& component) { return "--" + component; }

Json to_json(const std::string& instance, const std::vector<Advice>& advice, const std::vector<Finding>& findings) {
  Json variables = Json::array(), versions = Json::array();
  for (const Advice& each : advice) {
    const bool set = each.state == Advice::State::kSet;
    variables.push_back({{"variable", each.variable},
                         {"value", set ? Json(each.value) : Json()},
                         {"state", name_of(each.state)},
                         {"reason", cloud::reason_for(each, option_of)},
                         {"source", each.source}});
  }
  for (const Finding& finding : findings) {
    versions.push_back({{"rule", finding.rule},
                        {"severity", name_of(finding.severity)},
                        {"evidence", finding.evidence},
                        {"remedy", finding.remedy},
                        {"source", finding.source}});
  }
  return {{"instance", instance}, {"variables", variables}, {"versions", versions}};
}

void print_findings(std::ostream& out, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    out << format("{}: {}; {} [{}: {}]\n", name_of(finding.severity), finding.evidence, finding.remedy, finding.rule,
                  finding.source);
  }
}

void print_table(const std::vector<Advice>& advice) {
  std::vector<Columns> rows = {{"variable", "value", "reason", "source"}};
  for (const Advice& each : advice) {
    const bool set = each.state == Advice::State::kSet;
    rows.push_back({each.variable, set ? each.value : name_of(each.state),
                    set || each.state == Advice::State::kUnset ? each.reason : cloud::request_for(each, option_of),
                    each.source});
  }
  Columns::size_type widths[4] = {};
  for (const Columns& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Columns& row : rows) {
    std::ostringstream line;
    for (size_t i = 0; i + 1 < row.size(); ++i)
      line << std::left << std::setw(static_cast<int>(widths[i]) + 2) << row[i];
    line << row.back();
    std::cout << (&row == &rows[0] ? bold(line.str()) : line.str()) << "\n";
  }
}

struct EfaEnv {
  std::string instance;
  std::array<std::string, catalog::kComponents.size()> versions;
  bool json = false;
  bool shell = false;

  void declare(Arguments& arguments) {
    arguments.option("--instance", "TYPE", &instance, "instance type of the nodes, for example p5.48xlarge").required =
        true;
    for (size_t i = 0; i < versions.size(); ++i) {
      const catalog::Component& component = catalog::kComponents[i];
      arguments.option(format("--{}", component.name), "VERSION", &versions[i],
                       format("version of {}", component.title));
    }
    arguments.json(json);
    arguments.flag("--shell", shell, "print lines for a shell script instead");
  }

  catalog::Stack stack() const {
    catalog::Stack stack;
    try {
      stack.instance = &catalog::instance_type(instance);
    } catch (const ConfigError& error) {
      throw UsageError(format("--instance: {}", error.what()));
    }
    for (size_t i = 0; i < versions.size(); ++i) {
      if (versions[i].empty()) continue;
      const catalog::Component& component = catalog::kComponents[i];
      Result<catalog::Version> version = catalog::Version::parse(versions[i]);
      if (!version) throw UsageError(format("--{}: {}", component.name, version.error()));
      stack.*component.version = std::move(*version);
    }
    return stack;
  }

  ExitCode run() const {
    if (json && shell) throw UsageError("--json and --shell exclude each other");
    const catalog::Stack given = stack();
    const std::vector<Advice> advice = catalog::EfaEnvironment::load().advise(given);
    const std::vector<Finding> findings = catalog::check_versions(catalog::version_rules(), given);
    if (json) {
      std::cout << to_json(given.instance->name, advice, findings).dump(2) << "\n";
    } else if (shell) {
      std::cout << cloud::shell_lines(advice, option_of);
      print_findings(std::cerr, findings);
    } else {
      print_table(advice);
      if (!findings.empty()) std::cout << "\n";
      print_findings(std::cout, findings);
      print_sizes(*given.instance);
    }
    return failed(findings) ? ExitCode::kFailed : ExitCode::kOk;
  }

  /// Whoever asks about EFA may have meant a larger size.
  static void print_sizes(const catalog::InstanceType& instance) {
    if (catalog::has_efa(instance)) return;
    std::string sizes;
    for (const catalog::InstanceType& other : catalog::instance_types()) {
      if (other.family() != instance.family() || !catalog::has_efa(other)) continue;
      sizes += (sizes.empty() ? "" : ", ") + other.name.substr(instance.family().size() + 1);
    }
    std::cout << format("\n{} has no EFA; sizes of {} that can have it: {}\n", instance.name, instance.family(),
                        sizes.empty() ? "none" : sizes);
  }
};

const Registered<EfaEnv> registered{{
    .name = "efa-env",
    .summary = "say which EFA and NCCL variables to set, which to leave alone, and why",
    .example = "trireme efa-env --instance p5.48xlarge --plugin 1.16.3 --libfabric 2.1.0 --nccl 2.27.5",
    .group = CommandGroup::kCluster,
}};

}  // namespace

}  // namespace trireme::cli
