#include <iostream>

#include "trireme/cli/command.h"
#include "trireme/cli/help.h"
#include "trireme/cloud/description/describe.h"
#include "trireme/cloud/preflight/preflight.h"
#include "trireme/config/schema.h"
#include "trireme/core/file.h"
#include "trireme/recipe/describe.h"

namespace trireme::cli {

namespace {

constexpr std::string_view kOrigin =
    "<!-- written by `trireme reference --to docs/reference`; edit the declarations instead -->\n\n";

std::string recipe_page() {
  recipe::Recipe recipe;
  return "# Recipe\n\n" + std::string(kOrigin) +
         "A recipe is one training run as TOML. `--set section.key=value` overrides any key of it on the "
         "command "
         "line; later ones win. What a recipe does not say takes the default below. `trireme check` prints "
         "every "
         "problem at once.\n\n" +
         recipe::describe(recipe).reference_markdown();
}

std::string commands_page() {
  return "# Commands\n\n" + std::string(kOrigin) +
         "Exit status: 0 ok, 1 failed or a finding, 2 wrong usage, 3 environment, 70 a bug of trireme, 75 "
         "stopped by "
         "a signal after saving.\n" +
         commands_markdown();
}

std::string cluster_page(const config::OptionSet& options) {
  return "# Cluster description\n\n" + std::string(kOrigin) +
         "A cluster is one TOML file. `base = \"other.toml\"` puts another one beneath it; a key replaces the same key "
         "there, and `\"\"`, `[]` or `0` takes it back. `--set section.key=value` overrides a key on the command line. "
         "`NAME` stands for names of your own. `trireme check` prints every problem at once. Editors check and "
         "complete "
         "with [cluster.schema.json](cluster.schema.json) when a file starts with "
         "`#:schema ../docs/reference/cluster.schema.json`.\n\n" +
         options.reference_markdown();
}

std::string preflight_page() {
  return "# Preflight\n\n" + std::string(kOrigin) +
         "`trireme preflight` learns offline what would fail in a deploy or a job, from a cluster description or from "
         "files that others wrote: CloudFormation templates, ParallelCluster configurations, AWS Batch jobs, "
         "Kubernetes "
         "manifests, scripts and Dockerfiles. A finding has a file, a line, evidence, a remedy and a source; `--json` "
         "prints them as an array of `{rule, severity, file, line, where, evidence, remedy, source}`. The exit status "
         "is "
         "1 when a finding is an error. What a file leaves to a parameter, to a condition or to the account is "
         "unknown, "
         "and never makes an error; `undecided` says what would decide. The severity below is that of most findings of "
         "a "
         "rule. Facts that change are tables in `facts/`. Besides these rules there are `syntax`, for a file that "
         "can't "
         "be read, and `description`, for what `docs/reference/cluster.md` rules out.\n\n" +
         cloud::preflight_markdown();
}

struct Reference {
  std::string folder;

  void declare(Arguments& arguments) {
    arguments.option("--to", "DIR", &folder, "folder to write the pages and the schema into").required = true;
  }

  ExitCode run() const {
    cloud::Cluster sample = cloud::sample_cluster();
    const config::OptionSet cluster = cloud::describe(sample);
    const std::pair<const char*, std::string> pages[] = {
        {"recipe.md", recipe_page()},
        {"commands.md", commands_page()},
        {"cluster.md", cluster_page(cluster)},
        {"preflight.md", preflight_page()},
        {"cluster.schema.json", config::json_schema(cluster, "trireme cluster description")},
    };
    make_folders(folder);
    for (const auto& [name, text] : pages) {
      write_file_atomic(fs::path(folder) / name, text);
      std::cout << format("wrote {}/{}\n", folder, name);
    }
    return ExitCode::kOk;
  }
};

const Registered<Reference> registered{{
    .name = "reference",
    .summary = "write the reference pages from the declarations of options and commands",
    .example = "trireme reference --to docs/reference",
    .group = CommandGroup::kMaintenance,
}};

}  // namespace

}  // namespace trireme::cli
