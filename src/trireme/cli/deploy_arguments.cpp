#include "trireme/cli/deploy_arguments.h"

#include <fcntl.h>
#include <unistd.h>
#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/core/clock.h"
#include "trireme/core/log.h"

namespace trireme::cli {

namespace {

/// Opens the journal for each line: someone may move its folder away.
void append(const fs::path& journal, const std::string& line) {
  make_folders(journal.parent_path());
  const UniqueFd file = open_file(journal, O_WRONLY | O_CREAT | O_APPEND);
  write_all(file.get(), line, journal);
}

/// A deployment needs no journal to go on with: one that can't be written is a warning, once.
cloud::Report reporter(const fs::path& journal) {
  return [journal, warned = false](const std::string& step, const std::string& what) mutable {
    std::cerr << format("{}  {}: {}\n", time_of_day().substr(0, 8), step, what);
    const nlohmann::ordered_json line = {{"time", utc_timestamp()}, {"step", step}, {"what", what}};
    try {
      append(journal, line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    } catch (const IoError& error) {
      if (!warned) log_warning("{}; the deployment goes on without its journal", error.what());
      warned = true;
    }
  };
}

}  // namespace

void DeployArguments::declare(Arguments& arguments) {
  cluster.declare(arguments);
  arguments.option("--profile", "NAME", &profile, "profile of the AWS command line");
  arguments.option("--poll", "SECONDS", &poll_s, "time between two looks at the account");
  arguments.option("--state", "DIR", &state,
                   "folder for the journal; the account is the source of truth, so it may be deleted");
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
