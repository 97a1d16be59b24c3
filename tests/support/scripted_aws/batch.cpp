#include <algorithm>

#include "commands.h"
#include "ec2_resources.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

/// Keeps the items that `option` names by name or ARN; without it, all.
Json chosen(const Request& request, const char* option, const char* name, const char* arn, const Json& items) {
  const std::vector<std::string> wanted = request.list(option);
  Json out = Json::array();
  for (const Json& item : items) {
    const bool named = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& each) {
      return item.at(name) == each || item.at(arn) == each;
    });
    if (wanted.empty() || named) out.push_back(item);
  }
  return out;
}

std::string name_of(const Json& resource) {
  const std::string arn = resource.at("id");
  const std::string name = arn.substr(arn.find('/') + 1);
  return name.substr(0, name.find(':'));
}

Json environments(World& world, const Request& request) {
  const Json items = converted(world, "AWS::Batch::ComputeEnvironment", [](World&, const Json& r) -> Json {
    return {{"computeEnvironmentName", name_of(r)},
            {"computeEnvironmentArn", r["id"]},
            {"type", "MANAGED"},
            {"state", "ENABLED"},
            {"status", "VALID"},
            {"statusReason", "ComputeEnvironment Healthy"},
            {"containerOrchestrationType", "ECS"}};
  });
  return {{"computeEnvironments",
           chosen(request, "compute-environments", "computeEnvironmentName", "computeEnvironmentArn", items)}};
}

Json queues(World& world, const Request& request) {
  const Json items = converted(world, "AWS::Batch::JobQueue", [](World&, const Json& r) -> Json {
    Json order = Json::array();
    for (const Json& each : get(r["properties"], "ComputeEnvironmentOrder")) {
      order.push_back({{"order", each.at("Order")}, {"computeEnvironment", each.at("ComputeEnvironment")}});
    }
    return {{"jobQueueName", name_of(r)},
            {"jobQueueArn", r["id"]},
            {"state", "ENABLED"},
            {"status", "VALID"},
            {"statusReason", "JobQueue Healthy"},
            {"priority", std::stoi(text_of(r["properties"].value("Priority", Json(1))))},
            {"computeEnvironmentOrder", order}};
  });
  return {{"jobQueues", chosen(request, "job-queues", "jobQueueName", "jobQueueArn", items)}};
}

Json definitions_of(World& world) {
  return converted(world, "AWS::Batch::JobDefinition", [](World&, const Json& r) -> Json {
    return {{"jobDefinitionName", name_of(r)},
            {"jobDefinitionArn", r["id"]},
            {"revision", 1},
            {"status", "ACTIVE"},
            {"type", get(r["properties"], "Type")}};
  });
}

Json definitions(World& world, const Request& request) {
  const Json found = chosen(request, "job-definitions", "jobDefinitionName", "jobDefinitionArn", definitions_of(world));
  Json named = Json::array();
  for (const Json& each : found) {
    const std::string name = each.at("jobDefinitionName");
    if (request.text("job-definition-name").value_or(name) == name) named.push_back(each);
  }
  return {{"jobDefinitions", named}};
}

Json submit(World& world, const Request& request) {
  const std::string queue = request.required("job-queue"), definition = request.required("job-definition");
  if (chosen(request, "job-queue", "jobQueueName", "jobQueueArn", queues(world, Request())["jobQueues"]).empty()) {
    throw AwsError("ClientException", format("JobQueue {} not found", queue));
  }
  const std::string name = definition.starts_with("arn:") ? definition : definition.substr(0, definition.find(':'));
  const Json known = definitions_of(world);
  if (std::none_of(known.begin(), known.end(), [&](const Json& each) {
        return each["jobDefinitionName"] == name || each["jobDefinitionArn"] == name;
      })) {
    throw AwsError("ClientException", format("JobDefinition {} not found", definition));
  }
  const std::string hex = World::hex(format("job{}", world["jobs"].size()), 32);
  const std::string id = format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                                hex.substr(16, 4), hex.substr(20));
  world["jobs"][id] = {{"jobName", request.required("job-name")},
                       {"jobId", id},
                       {"jobArn", world.arn("batch", "job/" + id)},
                       {"jobQueue", queue},
                       {"jobDefinition", definition},
                       {"status", "SUBMITTED"},
                       {"createdAt", 1767225600000},
                       {"polls", 0}};
  return {{"jobName", request.required("job-name")}, {"jobId", id}, {"jobArn", world.arn("batch", "job/" + id)}};
}

/// RUNNING at first sight, then SUCCEEDED after world["job_polls"] more looks, 1 if the test doesn't say.
Json jobs(World& world, const Request& request) {
  const int polls = world["job_polls"].is_null() ? 1 : world["job_polls"].get<int>();
  Json out = {{"jobs", Json::array()}};
  for (const std::string& id : request.list("jobs")) {
    if (!world["jobs"].contains(id)) continue;  // as Batch does
    Json& job = world["jobs"][id];
    const int seen = job["polls"].get<int>() + 1;
    job["polls"] = seen;
    if (job["status"] != "FAILED") {
      job["status"] = seen > polls ? "SUCCEEDED" : "RUNNING";
      job["startedAt"] = 1767225660000;
      if (seen > polls) job["stoppedAt"] = 1767225720000;
    }
    Json shown = job;
    shown.erase("polls");
    if (!shown.contains("startedAt")) shown["startedAt"] = job["createdAt"];
    out["jobs"].push_back(shown);
  }
  return out;
}

/// Jobs of one queue in one state. A test may put jobs into world["jobs"].
Json job_list(World& world, const Request& request) {
  const std::string queue = request.required("job-queue");
  if (chosen(request, "job-queue", "jobQueueName", "jobQueueArn", queues(world, Request())["jobQueues"]).empty()) {
    throw AwsError("ClientException", format("JobQueue {} not found", queue));
  }
  Json out = {{"jobSummaryList", Json::array()}};
  for (const auto& [id, job] : world["jobs"].items()) {
    if (job.at("jobQueue") != queue || job.at("status") != request.text("job-status").value_or("RUNNING")) continue;
    Json shown = {{"jobId", id}};
    for (const char* key : {"jobArn", "jobName", "status", "statusReason", "createdAt", "startedAt", "stoppedAt"}) {
      if (job.contains(key)) shown[key] = job[key];
    }
    out["jobSummaryList"].push_back(shown);
  }
  return paginate(request, out, "jobSummaryList");
}

Json terminate(World& world, const Request& request) {
  const std::string id = request.required("job-id"), reason = request.required("reason");
  if (world["jobs"].contains(id) && world["jobs"][id]["status"] != "SUCCEEDED") {
    world["jobs"][id].update({{"status", "FAILED"}, {"statusReason", reason}});
  }
  return Json::object();
}

}  // namespace

void add_batch(Commands& commands) {
  commands["batch.describe-compute-environments"] = environments;
  commands["batch.describe-job-queues"] = queues;
  commands["batch.describe-job-definitions"] = definitions;
  commands["batch.submit-job"] = submit;
  commands["batch.describe-jobs"] = jobs;
  commands["batch.list-jobs"] = job_list;
  commands["batch.terminate-job"] = terminate;
}

}  // namespace scripted_aws
