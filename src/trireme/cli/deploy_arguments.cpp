#include "trireme/cli/deploy_arguments.h"

#include <fcntl.h>
#include <unistd.h>
#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/core/clock.h"

namespace trireme::cli {

namespace {

cloud::Report reporter(const fs::path& journal) {
  return [journal](const std::string& step, const std::string& what) {
    std::cerr << format("{}  {}: {}\n", time_of_day().substr(0, 8), step, what);
    make_folders(journal.parent_path());
    const UniqueFd file = open_file(journal, O_WRONLY | O_CREAT | O_APPEND);
    const nlohmann::ordered_json line = {{"time", utc_timestamp()}, {"step", step}, {"what", what}};
    write_all(file.get(), line.dump() + "\n", journal);
  };
}

}  // namespace

void DeployArguments::declare(Arguments& arguments) {
  cluster.declare(arguments);
  arguments.option("--profile", "NAME", &profile, "profile of the AWS command line");
  arguments.option("--poll", "SECONDS", &poll_s, "time between two looks at the account");
  arguments.option("--state", "DIR", &state, "folder for the journal; the truth is in the account, it may be lost");
}

cloud::Deployment DeployArguments::open(const cloud::LoadedCluster& loaded) const {
  if (poll_s <= 0) throw UsageError(format("--poll must be above 0, got {}", poll_s));
  const fs::path journal = fs::path(state) / loaded.cluster.name / "journal.jsonl";
  return {cloud::Aws(loaded.cluster.region, profile, Seconds(poll_s)), loaded.cluster, reporter(journal)};
}

bool confirmed(bool yes, const std::string& question) {
  if (yes) return true;
  if (::isatty(STDIN_FILENO) == 0) throw UsageError("there is no terminal to ask on; pass --yes");
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

}  // namespace trireme::cli
