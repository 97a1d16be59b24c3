#include "commands.h"

#include <sstream>

#include "stack.h"
#include "table.h"

namespace scripted_aws {

namespace {

/// `aws scripted-aws list-commands`, for the tests that check every answer.
Json list_commands(World&, const Request&) {
  Json names = Json::array();
  for (const auto& [name, handler] : all_commands()) names.push_back(name);
  return names;
}

}  // namespace

Commands all_commands() {
  Commands commands = {{"scripted-aws.list-commands", list_commands}};
  for (const auto add : {add_change_sets, add_stacks, add_drift, add_buckets, add_objects, add_ec2, add_batch,
                         add_account, add_storage, add_pcluster}) {
    add(commands);
  }
  return commands;
}

void pass_time(World& world, const Request& request) {
  static const std::set<std::string> kLooks = {"describe-stacks", "describe-stack-events", "describe-stack-resources",
                                               "create-change-set"};
  const bool pcluster = request.service == "pcluster";
  if (!pcluster && !(request.service == "cloudformation" && kLooks.contains(request.operation))) return;
  std::vector<std::string> ids;
  if (const auto name = request.text(pcluster ? "cluster-name" : "stack-name")) {
    ids.push_back(*name);
  } else {
    for (const auto& [key, stack] : world["stacks"].items()) ids.push_back(stack.at("id"));
  }
  for (const std::string& id : ids) poll(world, id);
}

std::set<std::string> iam_actions(const Request& request) {
  const std::string name = request.service + "." + request.operation;
  for (const auto& row : read_table("iam_actions.tsv")) {
    if (row.at(0) != name) continue;
    std::istringstream words(row.at(1));
    std::set<std::string> actions;
    for (std::string action; words >> action;) actions.insert(action);
    return actions;
  }
  return {(request.service == "s3api" ? "s3" : request.service) + ":" + pascal_case(request.operation)};
}

}  // namespace scripted_aws
