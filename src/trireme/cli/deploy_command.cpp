#include <iostream>

#include "trireme/cli/command.h"
#include "trireme/cli/deploy_arguments.h"
#include "trireme/cli/print_rows.h"

namespace trireme::cli {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const std::vector<cloud::StepPlan>& plans) {
  Json steps = Json::array();
  for (const cloud::StepPlan& plan : plans) {
    Json changes = Json::array();
    for (const cloud::ResourceChange& change : plan.changes) {
      changes.push_back({{"action", change.action},
                         {"resource", change.logical_id},
                         {"type", change.type},
                         {"replaced", change.replaced}});
    }
    steps.push_back({{"step", plan.step}, {"action", plan.action}, {"changes", std::move(changes)}});
  }
  return steps;
}

void print(const std::vector<cloud::StepPlan>& plans) {
  for (const cloud::StepPlan& plan : plans) {
    std::cout << plan.step
              << (plan.empty()          ? ": is as described"
                  : plan.action.empty() ? ":"
                                        : ": " + plan.action)
              << "\n";
    for (const cloud::ResourceChange& change : plan.changes) {
      std::cout << format("  {} {} ({}){}\n", change.action, change.logical_id, change.type,
                          change.replaced ? ", replaced" : "");
    }
  }
}

struct DeployPlan {
  DeployArguments deploy;
  bool json = false;

  void declare(Arguments& arguments) {
    deploy.declare(arguments);
    arguments.json(json);
  }

  ExitCode run() const {
    const cloud::LoadedCluster loaded = deploy.cluster.load();
    const auto plans = deploy.open(loaded).plan();
    if (json) {
      std::cout << to_json(plans).dump(2) << "\n";
    } else {
      print(plans);
    }
    return ExitCode::kOk;
  }
};

struct DeployApply {
  DeployArguments deploy;
  std::vector<std::string> replace;
  bool yes = false;
  bool json = false;

  void declare(Arguments& arguments) {
    deploy.declare(arguments);
    arguments.option(
        "--replace", "NAME", &replace,
        "allow to replace this resource, or to delete this step that is no longer described, although it holds data; "
        "may be repeated");
    arguments.flag("--yes", yes, "do not ask");
    arguments.json(json);
  }

  ExitCode run() const {
    const cloud::LoadedCluster loaded = deploy.cluster.load();
    const cloud::Deployment deployment = deploy.open(loaded);
    if (!confirmed(yes,
                   format("create and change resources of {} in {}?", loaded.cluster.name, loaded.cluster.region))) {
      return ExitCode::kFailed;
    }
    deployment.apply(replace);
    if (json) {
      std::cout << Json{{"cluster", loaded.cluster.name}, {"deployed", true}}.dump(2) << "\n";
    } else {
      std::cout << format("{} is deployed\n", loaded.cluster.name);
    }
    return ExitCode::kOk;
  }
};

struct DeployStatus {
  DeployArguments deploy;
  bool json = false;

  void declare(Arguments& arguments) {
    deploy.declare(arguments);
    arguments.json(json);
  }

  ExitCode run() const {
    const cloud::LoadedCluster loaded = deploy.cluster.load();
    Json rows = Json::array();
    for (const cloud::StepStatus& step : deploy.open(loaded).status()) {
      rows.push_back({{"step", step.step},
                      {"name", step.name},
                      {"status", step.status},
                      {"changed", step.changed},
                      {"described", step.described},
                      {"reason", step.reason}});
    }
    print_rows(rows, json);
    return ExitCode::kOk;
  }
};

struct DeployDrift {
  DeployArguments deploy;
  bool json = false;

  void declare(Arguments& arguments) {
    deploy.declare(arguments);
    arguments.json(json);
  }

  ExitCode run() const {
    const cloud::LoadedCluster loaded = deploy.cluster.load();
    Json rows = Json::array();
    for (const cloud::Drift& drift : deploy.open(loaded).drift()) {
      rows.push_back({{"step", drift.step},
                      {"resource", drift.logical_id},
                      {"type", drift.type},
                      {"status", drift.status},
                      {"difference", drift.difference}});
    }
    if (rows.empty() && !json) {
      std::cout << "nothing was changed by hand\n";
    } else {
      print_rows(rows, json);
    }
    return rows.empty() ? ExitCode::kOk : ExitCode::kFailed;
  }
};

struct DeployDelete {
  DeployArguments deploy;
  bool data = false;
  bool yes = false;
  bool json = false;

  void declare(Arguments& arguments) {
    deploy.declare(arguments);
    arguments.flag("--data", data, "delete file systems, databases, buckets and logs too");
    arguments.flag("--yes", yes, "do not ask");
    arguments.json(json);
  }

  ExitCode run() const {
    const cloud::LoadedCluster loaded = deploy.cluster.load();
    const cloud::Deployment deployment = deploy.open(loaded);
    const std::string what = data ? "EVERYTHING of it, with its data" : "what computes, and keep the data";
    if (!confirmed(yes, format("delete {}: {}?", loaded.cluster.name, what))) return ExitCode::kFailed;
    const cloud::Kept kept = deployment.remove(data);
    if (json) {
      std::cout << Json{{"cluster", loaded.cluster.name}, {"kept", kept.targets}, {"kept_logs", kept.log_groups}}.dump(
                       2)
                << "\n";
      return ExitCode::kOk;
    }
    for (const std::string& stack : kept.targets) std::cout << format("kept {}: delete it with --data\n", stack);
    for (const std::string& group : kept.log_groups) {
      std::cout << format("kept the log group {}: delete it with --data\n", group);
    }
    std::cout << format("{} is deleted\n", loaded.cluster.name);
    return ExitCode::kOk;
  }
};

const Registered<DeployPlan> plan{{
    .name = "deploy plan",
    .summary = "show what a deployment would change",
    .example = "trireme deploy plan clusters/llama.toml",
    .group = CommandGroup::kCluster,
}};

const Registered<DeployApply> apply{{
    .name = "deploy apply",
    .summary = "apply the description to the account, going on from an earlier attempt if there was one",
    .example = "trireme deploy apply clusters/llama.toml --yes",
    .group = CommandGroup::kCluster,
}};

const Registered<DeployStatus> status{{
    .name = "deploy status",
    .summary = "show the stacks of a cluster as the account has them",
    .example = "trireme deploy status clusters/llama.toml",
    .group = CommandGroup::kCluster,
}};

const Registered<DeployDrift> drift{{
    .name = "deploy drift",
    .summary = "list resources that were changed by hand",
    .example = "trireme deploy drift clusters/llama.toml",
    .group = CommandGroup::kCluster,
}};

const Registered<DeployDelete> remove_command{{
    .name = "deploy delete",
    .summary = "delete a cluster and keep its data, or delete both",
    .example = "trireme deploy delete clusters/llama.toml --yes",
    .group = CommandGroup::kCluster,
}};

}  // namespace

}  // namespace trireme::cli
