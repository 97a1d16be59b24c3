#include "trireme/cloud/lower/read_account.h"

#include "trireme/cloud/lower/entry.h"
#include "trireme/config/access.h"
#include "trireme/config/json.h"
#include "trireme/core/error.h"

namespace trireme::cloud {

namespace {

std::string text(const Entry& entry, std::string_view key) { return entry[key].text().value.value_or(""); }

std::vector<std::string> texts(const Entry& entry) {
  std::vector<std::string> all;
  for (const Text& item : entry.texts().items) all.push_back(*item);
  return all;
}

/// Ids of a list of ids, or of things that have one.
std::vector<std::string> ids(const Entry& list, std::string_view key) {
  std::vector<std::string> all;
  for (const Entry& entry : list.items()) {
    all.push_back(entry.table() != nullptr ? text(entry, key) : entry.text().value.value_or(""));
  }
  return all;
}

Account::GroupRule rule_of(const Entry& entry) {
  Account::GroupRule rule;
  rule.ingress = text(entry, "direction") != "egress";
  rule.protocol = text(entry, "protocol");
  rule.from_port = entry["from_port"].integer().value.value_or(-1);
  rule.to_port = entry["to_port"].integer().value.value_or(-1);
  rule.peer_group = text(entry, "peer_group");
  rule.peer_cidr = text(entry, "peer_cidr");
  return rule;
}

}  // namespace

Account read_account(const fs::path& path) {
  Diagnostics diagnostics;
  const auto document = config::parse_json(read_file(path), path.string(), diagnostics);
  const config::Table* table = document ? config::as_table(&*document) : nullptr;
  if (table == nullptr || config::find(*table, "region") == nullptr) {
    throw FormatError(diagnostics.empty() ? path.string() +
                                                ": no snapshot of an account: it has no region; make one "
                                                "with `trireme account snapshot`"
                                          : diagnostics.to_string());
  }
  const Entry root(*document);
  Account account;
  for (const config::Member& member : *table) account.lists.push_back(member.key);
  account.account = text(root, "account");
  account.region = text(root, "region");
  account.taken = text(root, "taken");
  for (const Entry& each : root["zones"].items()) account.zones.push_back({text(each, "id"), text(each, "name")});
  if (const config::Table* offerings = root["offerings"].table()) {
    for (const config::Member& member : *offerings) account.offerings[member.key] = texts(Entry(member.value));
  }
  for (const Entry& each : root["quotas"].items()) {
    account.quotas.push_back(
        {text(each, "service"), text(each, "code"), text(each, "name"), each["value"].number().value.value_or(0)});
  }
  for (const Entry& each : root["reservations"].items()) {
    account.reservations.push_back(
        {text(each, "id"), text(each, "instance_type"), text(each, "zone_id"), text(each, "state"), text(each, "type"),
         text(each, "end"), each["total"].integer().value.value_or(0), each["available"].integer().value.value_or(0)});
  }
  for (const Entry& each : root["subnets"].items()) {
    account.subnets.push_back({text(each, "id"), text(each, "vpc"), text(each, "cidr"), text(each, "zone_id"),
                               each["public_ip"].boolean().is(true)});
  }
  for (const Entry& each : root["vpcs"].items()) account.vpcs.push_back({text(each, "id"), texts(each["cidrs"])});
  for (const Entry& each : root["route_tables"].items()) {
    account.route_tables.push_back(
        {text(each, "vpc"), text(each, "way_out"), each["main"].boolean().is(true), texts(each["subnets"])});
  }
  for (const Entry& each : root["security_groups"].items()) {
    Account::SecurityGroup group{text(each, "id"), text(each, "vpc"), {}};
    for (const Entry& rule : each["rules"].items()) group.rules.push_back(rule_of(rule));
    account.security_groups.push_back(std::move(group));
  }
  account.file_systems = ids(root["file_systems"], "id");
  for (const Entry& each : root["images"].items()) {
    account.images.push_back({text(each, "id"), text(each, "name"), text(each, "architecture"), text(each, "os")});
  }
  for (const Entry& each : root["stacks"].items()) account.stacks.push_back({text(each, "name"), text(each, "status")});
  account.buckets = ids(root["buckets"], "name");
  return account;
}

}  // namespace trireme::cloud
