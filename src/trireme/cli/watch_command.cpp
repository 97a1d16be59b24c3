#include <iostream>

#include "trireme/cli/cluster_arguments.h"
#include "trireme/cli/command.h"
#include "trireme/cli/csv.h"
#include "trireme/cloud/watch/watch.h"
#include "trireme/core/clock.h"

namespace trireme::cli {

namespace {

Json row_of(const cloud::Sighting& sighting) {
  return {{"kind", sighting.kind}, {"group", sighting.group}, {"id", sighting.id},       {"type", sighting.type},
          {"zone", sighting.zone}, {"state", sighting.state}, {"since", sighting.since}, {"reason", sighting.reason}};
}

Json row_of(const cloud::Change& change) {
  Json row = {{"time", utc_timestamp()}};
  row.update(row_of(change.now));
  row["was"] = change.was;
  return row;
}

std::string sentence_of(const cloud::Change& change) {
  const cloud::Sighting& now = change.now;
  std::string text = format("{}  {}", time_of_day().substr(0, 8), now.kind);
  for (const std::string& word : {now.group, now.id, now.type, now.zone}) {
    if (!word.empty()) text += " " + word;
  }
  text += change.was.empty() ? format(": {}", now.state) : format(": {} -> {}", change.was, now.state);
  return text + (now.reason.empty() ? "" : format(" ({})", now.reason)) + "\n";
}

struct WatchCommand {
  ClusterArguments cluster;
  std::string profile;
  double poll_s = 10;
  double timeout_s = 0;
  bool once = false;
  bool until_ready = false;
  bool json = false;
  bool csv = false;

  void declare(Arguments& arguments) {
    cluster.declare(arguments);
    arguments.option("--profile", "NAME", &profile, "profile of the AWS command line");
    arguments.option("--poll", "SECONDS", &poll_s, "time between two looks at the account");
    arguments.flag("--once", once, "print everything once, instead of a line for each change");
    arguments.flag("--until-ready", until_ready, "end with 0 once every node runs, with 1 when one is lost");
    arguments.option("--timeout", "SECONDS", &timeout_s, "with --until-ready: give up after that time; 0: never");
    arguments.json(json);
    arguments.flag("--csv", csv, "print comma-separated values instead of text");
  }

  void check() const {
    if (poll_s <= 0) throw UsageError(format("--poll must be above 0, got {}", poll_s));
    if (json && csv) throw UsageError("pass one of --json and --csv");
    if (once && until_ready) throw UsageError("pass one of --once and --until-ready");
    if (timeout_s < 0) throw UsageError(format("--timeout must be 0 or above, got {}", timeout_s));
    if (timeout_s > 0 && !until_ready) throw UsageError("--timeout belongs to --until-ready");
  }

  ExitCode run() const {
    check();
    const cloud::LoadedCluster loaded = cluster.load();
    cloud::Watch watch(cloud::Aws(loaded.cluster.region, profile, Seconds(poll_s)), loaded.cluster);
    return once ? print_once(watch) : follow(watch);
  }

  ExitCode print_once(const cloud::Watch& watch) const {
    Json rows = Json::array();
    for (const cloud::Sighting& sighting : watch.look()) rows.push_back(row_of(sighting));
    if (!csv) {
      print_rows(rows, json);
      return ExitCode::kOk;
    }
    std::cout << csv_heading(row_of(cloud::Sighting{}));
    for (const Json& row : rows) std::cout << csv_line(row);
    return ExitCode::kOk;
  }

  ExitCode follow(cloud::Watch& watch) const {
    const Deadline deadline = timeout_s > 0 ? Deadline::after(Seconds(timeout_s)) : Deadline::never();
    if (csv) std::cout << csv_heading(row_of(cloud::Change{}));
    for (;; watch.wait()) {
      for (const cloud::Change& change : watch.next()) {
        std::cout << (json ? row_of(change).dump() + "\n" : csv ? csv_line(row_of(change)) : sentence_of(change));
      }
      std::cout << std::flush;
      if (!until_ready) continue;
      const cloud::Readiness readiness = watch.readiness();
      if (readiness == cloud::Readiness::kReady) return ExitCode::kOk;
      if (readiness == cloud::Readiness::kFailed) {
        std::cerr << "the cluster does not become ready: see the last lines\n";
        return ExitCode::kFailed;
      }
      if (deadline.passed()) {
        std::cerr << format("not ready after {} s; `trireme watch --once` shows what is missing\n", timeout_s);
        return ExitCode::kFailed;
      }
    }
  }
};

const Registered<WatchCommand> registered{{
    .name = "watch",
    .summary = "follow the nodes of a deployed cluster, its fleet and its waiting jobs",
    .example = "trireme watch clusters/llama.toml --until-ready --timeout 1800",
    .group = CommandGroup::kCluster,
}};

}  // namespace

}  // namespace trireme::cli
