#include <algorithm>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "trireme/catalog/efa_environment.h"
#include "trireme/catalog/version_rules.h"
#include "trireme/cli/command.h"
#include "trireme/cli/terminal.h"

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

/// "give --plugin and --libfabric".
std::string request(const Advice& advice) {
  std::string options;
  for (const std::string& name : advice.missing) options += (options.empty() ? "--" : " and --") + name;
  return "give " + options;
}

std::string reason_of(const Advice& advice) {
  if (advice.state != Advice::State::kUndecided) return advice.reason;
  return format("undecided: {}; {}", request(advice), advice.reason);
}

Json to_json(const std::string& instance, const std::vector<Advice>& advice, const std::vector<Finding>& findings) {
  Json variables = Json::array(), versions = Json::array();
  for (const Advice& each : advice) {
    const bool set = each.state == Advice::State::kSet;
    variables.push_back({{"variable", each.variable},
                         {"value", set ? Json(each.value) : Json()},
                         {"state", name_of(each.state)},
                         {"reason", reason_of(each)},
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

void print_shell(const std::vector<Advice>& advice) {
  for (const Advice& each : advice) {
    const bool pattern = each.variable.ends_with('*');
    if (each.state == Advice::State::kSet) {
      std::cout << format("export {}={}  # {}\n", each.variable, each.value, each.reason);
    } else if (each.state == Advice::State::kUndecided || pattern) {
      std::cout << format("# {}: {}\n", each.variable, pattern ? "unset; " + each.reason : reason_of(each));
    } else {
      std::cout << format("unset {}  # {}\n", each.variable, each.reason);
    }
  }
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
                    set || each.state == Advice::State::kUnset ? each.reason : request(each), each.source});
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
    Result<catalog::Instance> found = catalog::find_instance(instance);
    if (!found) throw UsageError("--instance: " + found.error());
    stack.instance = std::move(*found);
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
      std::cout << to_json(given.instance->type, advice, findings).dump(2) << "\n";
    } else if (shell) {
      print_shell(advice);
      print_findings(std::cerr, findings);
    } else {
      print_table(advice);
      if (!findings.empty()) std::cout << "\n";
      print_findings(std::cout, findings);
      print_sizes(*given.instance);
    }
    return failed(findings) ? ExitCode::kFailed : ExitCode::kOk;
  }

  /// A size that the table does not list has no EFA; a mistyped one shall be noticed.
  static void print_sizes(const catalog::Instance& instance) {
    if (instance.in("efa")) return;
    std::string sizes;
    for (const std::string& size : instance.efa_sizes) sizes += (sizes.empty() ? "" : ", ") + size;
    std::cout << format("\n{} has no EFA; sizes of {} that can have it: {}\n", instance.type, instance.family,
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
