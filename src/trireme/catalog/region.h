#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trireme::catalog {

/// A row of facts/regions.tsv.
struct Region {
  std::string name;         // "us-gov-west-1"
  std::string partition;    // "aws-us-gov", the second part of its ARNs
  std::string dns_suffix;   // "amazonaws.com"
  std::string description;  // "AWS GovCloud (US-West)"
};

/// All rows, in file order; read once a process.
const std::vector<Region>& regions();

/// Null when the table does not list it.
const Region* find_region(std::string_view name);

/// Throws ConfigError, with the nearest name or the whole list, when there is none.
const Region& region(std::string_view name);

/// Zone ids of a region: "use1-az1", the same place for every account. Empty: unknown.
std::vector<std::string> zones(std::string_view region);

/// Zones of one region that offer an instance type.
struct Offering {
  std::string region;
  std::vector<std::string> zones;  // ids
};

/// Where `type`, without "ml.", is offered, by facts/instance_zones.tsv: a hint, since AWS changes it and accounts
/// differ. Empty: unknown, as for every type without accelerators.
std::vector<Offering> offerings(std::string_view type);

}  // namespace trireme::catalog
