#include "trireme/cloud/targets/policy/policy.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "trireme/cloud/targets/policy/permissions.h"
#include "trireme/cloud/template/policy.h"
#include "trireme/core/check.h"

namespace trireme::cloud::policy {

namespace {

/// Rows of facts/iam_actions.tsv: what acts for the deployer of these files.
std::set<std::string> users_of(const Synthesis& synthesis) {
  const Cluster& cluster = synthesis.cluster();
  std::set<std::string> users = {"trireme deploy", "trireme watch", "trireme account snapshot"};
  if (cluster.on("batch")) users.insert("trireme watch batch");
  for (const SynthFile& file : synthesis.files()) {
    if (file.kind == "pcluster") users.insert("parallelcluster");
    if (file.kind != "cloudformation") continue;
    const auto body = nlohmann::json::parse(file.text);
    for (const auto& [logical_id, resource] : body.at("Resources").items()) users.insert(resource.at("Type"));
  }
  if (users.count("parallelcluster") > 0 && !cluster.with_role("login").empty()) {
    users.insert("parallelcluster login nodes");
  }
  return users;
}

/// Permissions for the same resources under the same condition, as one.
std::vector<Permission> merged(std::vector<Permission> permissions) {
  std::vector<Permission> all;
  for (Permission& next : permissions) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const Permission& each) {
      return each.resources == next.resources && each.condition_key == next.condition_key &&
             each.condition_values == next.condition_values;
    });
    if (same == all.end()) {
      all.push_back(std::move(next));
    } else {
      same->actions.insert(same->actions.end(), next.actions.begin(), next.actions.end());
    }
  }
  for (Permission& permission : all) {
    std::vector<std::string>& actions = permission.actions;
    std::sort(actions.begin(), actions.end());
    actions.erase(std::unique(actions.begin(), actions.end()), actions.end());
  }
  return all;
}

Map condition_of(const Permission& permission) {
  const bool arns = permission.condition_values.at(0).compare(0, 4, "arn:") == 0;
  return {{arns ? "ArnEquals" : "StringEquals", Map{{permission.condition_key, list_of(permission.condition_values)}}}};
}

Map statement_of(const Permission& permission) {
  Map extra;
  if (!permission.condition_key.empty()) extra.push_back({"Condition", condition_of(permission)});
  return statement("Allow", list_of(permission.actions), list_of(permission.resources), std::move(extra));
}

size_t characters_of(const List& statements) {
  return nlohmann::json::parse(to_json(policy_document(statements))).dump().size();
}

/// Statements in as few policies as hold them in this order.
std::vector<List> policies_of(const std::vector<Permission>& permissions) {
  std::vector<List> policies(1);
  for (const Permission& permission : permissions) {
    policies.back().emplace_back(statement_of(permission));
    if (characters_of(policies.back()) <= kMaxCharacters) continue;
    policies.back().pop_back();
    policies.push_back({statement_of(permission)});
    TRIREME_CHECK(characters_of(policies.back()) <= kMaxCharacters, "a statement is larger than a policy: {} …",
                  permission.actions.at(0));
  }
  return policies;
}

}  // namespace

bool applies(const Cluster&) { return true; }

void render(Synthesis& synthesis) {
  const auto permissions = merged(permissions_of(users_of(synthesis), synthesis.cluster(), synthesis.region()));
  const std::vector<List> policies = policies_of(permissions);
  for (size_t i = 0; i < policies.size(); ++i) {
    const std::string number = policies.size() == 1 ? "" : format("-{}", i + 1);
    synthesis.add_file("deployer-policy" + number + ".json", "policy", to_json(policy_document(policies[i])));
  }
}

}  // namespace trireme::cloud::policy
