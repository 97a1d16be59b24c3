#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/cli/command.h"
#include "trireme/cli/deploy_arguments.h"
#include "trireme/cloud/access/ssh_config.h"

namespace trireme::cli {

namespace {

struct DeployExport {
  DeployArguments deploy;
  bool ssh_config = false;
  bool outputs = false;
  std::string user;

  void declare(Arguments& arguments) {
    deploy.declare(arguments);
    arguments.flag("--ssh-config", ssh_config, "write a block of an OpenSSH configuration for the head node");
    arguments.flag("--outputs", outputs, "write what the cluster's stacks export, as JSON");
    arguments.option("--user", "NAME", &user, "who logs in; empty: the user of the operating system's images");
  }

  ExitCode run() const {
    if (ssh_config == outputs) throw UsageError("pass one of --ssh-config and --outputs");
    if (outputs && !user.empty()) throw UsageError("--user belongs to --ssh-config");
    const cloud::LoadedCluster loaded = deploy.cluster.load();
    const cloud::Deployment deployment = deploy.open(loaded);
    if (outputs) {
      std::cout << nlohmann::ordered_json(deployment.exports()).dump(2) << "\n";
      return ExitCode::kOk;
    }
    const std::string name = user.empty() ? cloud::login_user(loaded.cluster.image.os) : user;
    std::cout << cloud::ssh_config(loaded.cluster, deployment.head_node(), name, deploy.profile);
    return ExitCode::kOk;
  }
};

const Registered<DeployExport> registered{{
    .name = "deploy export",
    .summary = "write what other tools need of a deployed cluster: SSH configuration, exports of its stacks",
    .example = "trireme deploy export clusters/llama.toml --ssh-config",
    .group = CommandGroup::kCluster,
}};

}  // namespace

}  // namespace trireme::cli
