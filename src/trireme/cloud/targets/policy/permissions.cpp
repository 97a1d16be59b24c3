#include "trireme/cloud/targets/policy/permissions.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/core/error.h"

namespace trireme::cloud::policy {

namespace {

/// What a placeholder stands for: none, one or several texts.
using Meanings = std::map<std::string, std::vector<std::string>>;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return text;
}

/// How every name begins that CloudFormation makes from a stack's. Where a type limits the length it cuts the stack's
/// part, so a long name counts only up to here.
std::string name_prefix(const Cluster& cluster) { return (cluster.name + "-").substr(0, 20); }

/// "bucket" of "s3://bucket/prefix ARG".
std::string bucket_of(const std::string& uri) {
  const std::string_view scheme = "s3://";
  if (uri.compare(0, scheme.size(), scheme) != 0) return "";
  return uri.substr(scheme.size(), uri.find_first_of("/ ", scheme.size()) - scheme.size());
}

std::vector<std::string> in_order_once(std::vector<std::string> names) {
  names.erase(std::remove(names.begin(), names.end(), ""), names.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Meanings meanings_for(const Cluster& cluster, const catalog::Region& region) {
  std::vector<std::string> repositories, used;
  for (const Storage& storage : cluster.storage) {
    repositories.push_back(bucket_of(storage.data_repository));
    if (storage.kind == "bucket") used.push_back(storage.id);
  }
  for (const NodeGroup& group : cluster.nodes) {
    for (const std::string& script : group.setup) used.push_back(bucket_of(script));
  }
  return {{"{partition}", {region.partition}},
          {"{region}", {region.name}},
          {"{dns_suffix}", {region.dns_suffix}},
          {"{cluster}", {cluster.name}},
          {"{name}", {name_prefix(cluster)}},
          {"{bucket}", {lower(name_prefix(cluster))}},
          {"{repository}", in_order_once(std::move(repositories))},
          {"{used_bucket}", in_order_once(std::move(used))},
          {"{adopted_secret}", in_order_once({cluster.accounting.secret})}};
}

/// `pattern` with every meaning of each of its placeholders; none where one of them means nothing.
std::vector<std::string> filled(const std::string& pattern, const Meanings& meanings) {
  std::vector<std::string> texts = {pattern};
  for (const auto& [placeholder, values] : meanings) {
    if (pattern.find(placeholder) == std::string::npos) continue;
    std::vector<std::string> next;
    for (const std::string& text : texts) {
      const size_t at = text.find(placeholder);
      for (const std::string& value : values) {
        next.push_back(std::string(text).replace(at, placeholder.size(), value));
      }
    }
    texts = std::move(next);
  }
  return texts;
}

/// Each text once, where it came first.
std::vector<std::string> filled(const std::vector<std::string>& patterns, const Meanings& meanings) {
  std::vector<std::string> all;
  for (const std::string& pattern : patterns) {
    for (std::string& text : filled(pattern, meanings)) {
      if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(std::move(text));
    }
  }
  return all;
}

}  // namespace

std::vector<Permission> permissions_of(const std::set<std::string>& users, const Cluster& cluster,
                                       const catalog::Region& region) {
  const fs::path path = catalog::facts_folder() / "iam_actions.tsv";
  const auto table = catalog::Table::read(path);
  const Meanings meanings = meanings_for(cluster, region);
  std::set<std::string> missing = users;
  std::vector<Permission> permissions;
  for (size_t row = 0; row < table.size(); ++row) {
    if (users.count(table.text(row, "needed_by")) == 0) continue;
    missing.erase(table.text(row, "needed_by"));
    Permission permission{.actions = table.list(row, "actions"),
                          .resources = filled(table.list(row, "resource"), meanings),
                          .condition_key = {},
                          .condition_values = {}};
    if (permission.resources.empty()) continue;
    if (const std::string& condition = table.text(row, "condition"); condition != "-") {
      std::vector<std::string> values = table.list(row, "condition");
      const size_t equals = condition.find('=');
      permission.condition_key = condition.substr(0, equals);
      values.at(0).erase(0, equals + 1);
      permission.condition_values = filled(values, meanings);
    }
    permissions.push_back(std::move(permission));
  }
  if (!missing.empty()) {
    throw FormatError(
        format("{} does not say what the deployer needs for {}: add a row", path.string(), *missing.begin()));
  }
  return permissions;
}

}  // namespace trireme::cloud::policy
