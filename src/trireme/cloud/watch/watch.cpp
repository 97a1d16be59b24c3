#include "trireme/cloud/watch/watch.h"

#include <algorithm>
#include <ctime>

#include "trireme/cloud/targets/batch/job.h"
#include "trireme/cloud/targets/target.h"
#include "trireme/cloud/watch/nodes.h"

namespace trireme::cloud {

namespace {

/// "Slurm cluster protected mode", AWS ParallelCluster User Guide.
constexpr const char* kProtected =
    "nodes failed to start again and again, so their queues are off; next: read /var/log/parallelcluster/clustermgtd "
    "on the head node, repair the cause, then `pcluster update-compute-fleet --status START_REQUESTED`";

/// Jobs that run, or ended well, are not news.
constexpr const char* kJobStates[] = {"SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "FAILED"};

/// "2026-01-01T00:00:00Z" of the milliseconds since 1970 that AWS Batch counts.
std::string time_of(int64_t milliseconds) {
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

bool is_lost_node(const Sighting& sighting) {
  return sighting.kind == "node" && sighting.failed && (sighting.state == "terminated" || sighting.state == "stopped");
}

}  // namespace

Watch::Watch(Aws aws, Cluster cluster) : aws_(std::move(aws)), cluster_(std::move(cluster)) {
  if (!is_built(cluster_.orchestrator)) {
    throw ConfigError(
        format("orchestrator \"{}\" is not built yet; built are parallelcluster and batch", cluster_.orchestrator));
  }
}

Sighting Watch::fleet() const {
  const Json answer = aws_.pcluster("describe-compute-fleet", {"--cluster-name", cluster_.name});
  const std::string status = answer.at("status");
  return {.kind = "fleet",
          .group = {},
          .id = cluster_.name,
          .type = {},
          .zone = {},
          .state = status,
          .since = answer.value("lastStatusUpdatedTime", ""),
          .reason = answer.value("statusReason", status == "PROTECTED" ? kProtected : ""),
          .failed = status == "PROTECTED"};
}

std::vector<Sighting> Watch::jobs() const {
  std::vector<Sighting> jobs;
  for (const NodeGroup* group : cluster_.with_role("worker")) {
    for (const char* state : kJobStates) {
      const Json answer =
          aws_.call("batch", "list-jobs", {{"jobQueue", batch::queue_name(cluster_, *group)}, {"jobStatus", state}});
      for (const Json& job : answer.at("jobSummaryList")) {
        const int64_t at = job.value("stoppedAt", job.value("createdAt", int64_t{0}));
        jobs.push_back({.kind = "job",
                        .group = group->name,
                        .id = job.at("jobId"),
                        .type = job.at("jobName"),
                        .zone = {},
                        .state = job.value("status", state),
                        .since = at == 0 ? "" : time_of(at),
                        .reason = job.value("statusReason", ""),
                        .failed = false});
      }
    }
  }
  return jobs;
}

std::vector<Sighting> Watch::look() const {
  std::vector<Sighting> all = find_nodes(aws_, cluster_);
  if (cluster_.on("batch")) {
    const std::vector<Sighting> waiting = jobs();
    all.insert(all.end(), waiting.begin(), waiting.end());
  } else {
    all.insert(all.begin(), fleet());
  }
  return all;
}

std::vector<Change> Watch::next() {
  std::vector<Sighting> now = look();
  std::vector<Change> changes = changes_between(last_, now);
  if (!began_) {
    for (const Sighting& each : now) {
      if (is_lost_node(each)) lost_before_.insert(each.id);
    }
  }
  began_ = true;
  last_ = std::move(now);
  return changes;
}

Readiness Watch::readiness() const {
  for (const Sighting& each : last_) {
    if (each.kind == "fleet" && each.failed) return Readiness::kFailed;
    if (is_lost_node(each) && lost_before_.count(each.id) == 0) return Readiness::kFailed;
  }
  const bool ready = std::all_of(cluster_.nodes.begin(), cluster_.nodes.end(), [this](const NodeGroup& group) {
    const auto running = std::count_if(last_.begin(), last_.end(), [&](const Sighting& each) {
      return each.kind == "node" && each.group == group.name && each.state == "running";
    });
    return running >= group.count;
  });
  return ready ? Readiness::kReady : Readiness::kWaiting;
}

}  // namespace trireme::cloud
