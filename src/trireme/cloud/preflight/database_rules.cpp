#include <set>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

void check_version(const Model& model, Judge& judge) {
  for (const DatabaseModel& database : model.databases) {
    if (!database.engine || !database.engine_version) continue;
    const EngineVersion* row = find_engine_version(*database.engine, *database.engine_version);
    if (row == nullptr || !row->withdrawn) continue;
    judge.find(
        database.engine_version.where, database.name, format("RDS no longer creates {} {}", row->engine, row->version),
        {.remedy = format("`aws rds describe-db-engine-versions --engine {}` lists those it does; the catalogue's "
                          "newest is {}",
                          row->engine, newest_engine_version(row->engine)),
         .source = row->source});
  }
}

void check_capacity(const Model& model, Judge& judge) {
  constexpr double kMost = 256;
  for (const DatabaseModel& database : model.databases) {
    const auto& [least, most] = std::pair(database.min_capacity, database.max_capacity);
    if (least && most && *least > *most) {
      judge.find(least.where, database.name, format("minimum capacity {} is above the maximum {}", *least, *most));
    }
    if (most && (*most < 1 || *most > kMost)) {
      judge.find(most.where, database.name, format("maximum capacity is 1 to {}, not {}", kMost, *most));
    }
    for (const Fact<double>& each : {least, most}) {
      if (!each || *each * 2 == static_cast<double>(static_cast<int64_t>(*each * 2))) continue;
      judge.find(each.where, database.name, format("capacity goes in steps of 0.5, and {} is none", *each));
    }
  }
}

void check_zones(const Model& model, Judge& judge) {
  for (const DatabaseModel& database : model.databases) {
    if (!database.subnets.complete || database.subnets.items.empty()) continue;
    std::set<std::string> zones;
    bool known = true;
    for (const Fact<Link>& link : database.subnets.items) {
      const std::string zone = judge.zone(model, *link);
      known = known && !zone.empty();
      zones.insert(zone);
    }
    if (database.subnets.items.size() == 1) {
      judge.find(database.subnets.items.front().where, database.name, "its subnet group has one subnet");
    } else if (known && zones.size() < 2) {
      judge.find(database.subnets.items.front().where, database.name,
                 format("all of its subnets are in {}", *zones.begin()));
    }
  }
}

void check_deletion(const Model& model, Judge& judge) {
  for (const DatabaseModel& database : model.databases) {
    if (!database.deletion_protection.is(true) || !database.deletion_policy.is("Delete")) continue;
    judge.find(database.deletion_protection.where, database.name,
               "deletion protection with DeletionPolicy Delete: deleting the stack fails");
  }
}

void check_public(const Model& model, Judge& judge) {
  for (const DatabaseModel& database : model.databases) {
    if (!database.is_public.is(true)) continue;
    judge.find(database.is_public.where, database.name, "the database has a public address");
  }
}

void check_encrypted(const Model& model, Judge& judge) {
  for (const DatabaseModel& database : model.databases) {
    if (!database.encrypted.is(false)) continue;
    judge.find(database.encrypted.where, database.name, "the database's storage is not encrypted");
  }
}

constexpr Rule kRules[] = {
    {"database-version", Level::kError, "RDS still creates databases of the version", "write a version that is offered",
     "Release Notes for Amazon Aurora MySQL-Compatible Edition, release calendars", check_version},
    {"database-capacity", Level::kError, "Capacity of Aurora Serverless is a range in steps of 0.5",
     "write for example 0.5 to 4", "Amazon Aurora User Guide, Setting the Aurora Serverless v2 capacity range",
     check_capacity},
    {"database-zones", Level::kError, "A subnet group spans two zones", "add a subnet of another zone",
     "Amazon RDS User Guide, Working with a DB instance in a VPC", check_zones},
    {"database-deletion", Level::kWarning, "Deletion protection and deletion policy agree",
     "set DeletionPolicy: Retain, or Snapshot without protection",
     "CloudFormation User Guide, DeletionPolicy attribute", check_deletion},
    {"database-public", Level::kWarning, "A database has no public address", "set PubliclyAccessible: false",
     "Amazon RDS User Guide, Hiding a DB instance in a VPC from the internet", check_public},
    {"database-encryption", Level::kWarning, "A database's storage is encrypted", "set StorageEncrypted: true",
     "Amazon RDS User Guide, Encrypting Amazon RDS resources", check_encrypted},
};

}  // namespace

std::span<const Rule> database_rules() { return kRules; }

}  // namespace trireme::cloud
