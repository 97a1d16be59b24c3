#include "trireme/cloud/account/lists.h"

#include <algorithm>

#include "trireme/catalog/instance_type.h"
#include "trireme/cloud/account/network_lists.h"

namespace trireme::cloud {

namespace {

/// "Filter", Amazon EC2 API Reference.
constexpr size_t kMaxFilterValues = 200;
constexpr const char* kQuotaServices[] = {"ec2", "vpc", "fsx", "rds"};

Json zones(const Aws& aws) {
  Json rows = Json::array();
  const Json request = {{"Filters", {{{"Name", "zone-type"}, {"Values", {"availability-zone"}}}}}};
  const Json answer = aws.call("ec2", "describe-availability-zones", request);
  for (const Json& zone : answer.at("AvailabilityZones")) {
    rows.push_back({{"id", zone.at("ZoneId")}, {"name", zone.at("ZoneName")}});
  }
  return rows;
}

/// Zones of every type of the catalogue; none where it is not offered.
Json offerings(const Aws& aws) {
  Json found = Json::object();
  for (const catalog::InstanceType& type : catalog::instance_types()) found[type.name] = Json::array();
  std::vector<std::string> names;
  for (const auto& [name, zones] : found.items()) names.push_back(name);
  for (size_t first = 0; first < names.size(); first += kMaxFilterValues) {
    const size_t last = std::min(names.size(), first + kMaxFilterValues);
    const std::vector<std::string> page(names.begin() + static_cast<std::ptrdiff_t>(first),
                                        names.begin() + static_cast<std::ptrdiff_t>(last));
    const Json answer = aws.call(
        "ec2", "describe-instance-type-offerings",
        {{"LocationType", "availability-zone-id"}, {"Filters", {{{"Name", "instance-type"}, {"Values", page}}}}});
    for (const Json& offering : answer.at("InstanceTypeOfferings")) {
      found[offering.at("InstanceType").get<std::string>()].push_back(offering.at("Location"));
    }
  }
  for (auto& [name, zones] : found.items()) std::sort(zones.begin(), zones.end());
  return found;
}

Json quotas(const Aws& aws) {
  Json rows = Json::array();
  for (const char* service : kQuotaServices) {
    const Json answer = aws.call("service-quotas", "list-service-quotas", {{"ServiceCode", service}});
    for (const Json& quota : answer.at("Quotas")) {
      rows.push_back({{"service", quota.at("ServiceCode")},
                      {"code", quota.at("QuotaCode")},
                      {"name", quota.value("QuotaName", "")},
                      {"value", quota.at("Value")}});
    }
  }
  return rows;
}

/// Reservations and blocks; blocks tell when they end.
Json reservations(const Aws& aws) {
  Json rows = Json::array();
  const Json answer = aws.call("ec2", "describe-capacity-reservations");
  for (const Json& each : answer.at("CapacityReservations")) {
    rows.push_back({{"id", each.at("CapacityReservationId")},
                    {"instance_type", each.at("InstanceType")},
                    {"zone_id", each.value("AvailabilityZoneId", "")},
                    {"state", each.at("State")},
                    {"type", each.value("ReservationType", "default")},
                    {"end", each.value("EndDate", "")},
                    {"total", each.at("TotalInstanceCount")},
                    {"available", each.at("AvailableInstanceCount")}});
  }
  return rows;
}

Json file_systems(const Aws& aws) {
  Json rows = Json::array();
  const Json answer = aws.call("fsx", "describe-file-systems");
  for (const Json& each : answer.at("FileSystems")) {
    rows.push_back({{"id", each.at("FileSystemId")}, {"type", each.at("FileSystemType")}});
  }
  return rows;
}

/// Images of the account's own. AWS ParallelCluster tags those it builds with their system; of others it is not known.
Json images(const Aws& aws) {
  Json rows = Json::array();
  const Json answer = aws.call("ec2", "describe-images", {{"Owners", {"self"}}});
  for (const Json& each : answer.at("Images")) {
    std::string os;
    for (const Json& tag : each.value("Tags", Json::array())) {
      if (tag.at("Key") == "parallelcluster:os") os = tag.at("Value");
    }
    rows.push_back({{"id", each.at("ImageId")},
                    {"name", each.value("Name", "")},
                    {"architecture", each.value("Architecture", "")},
                    {"os", os}});
  }
  return rows;
}

Json stacks(const Aws& aws) {
  Json rows = Json::array();
  const Json answer = aws.call("cloudformation", "list-stacks");
  for (const Json& each : answer.at("StackSummaries")) {
    if (each.at("StackStatus") == "DELETE_COMPLETE") continue;
    rows.push_back({{"name", each.at("StackName")}, {"status", each.at("StackStatus")}});
  }
  return rows;
}

Json buckets(const Aws& aws) {
  Json rows = Json::array();
  for (const Json& each : aws.call("s3api", "list-buckets").value("Buckets", Json::array())) {
    rows.push_back(each.at("Name"));
  }
  return rows;
}

}  // namespace

std::span<const AccountList> account_lists() {
  static constexpr AccountList kLists[] = {
      {"zones", "ec2:DescribeAvailabilityZones", zones},
      {"offerings", "ec2:DescribeInstanceTypeOfferings", offerings},
      {"quotas", "servicequotas:ListServiceQuotas", quotas},
      {"reservations", "ec2:DescribeCapacityReservations", reservations},
      {"subnets", "ec2:DescribeSubnets", subnets},
      {"vpcs", "ec2:DescribeVpcs", vpcs},
      {"route_tables", "ec2:DescribeRouteTables", route_tables},
      {"security_groups", "ec2:DescribeSecurityGroups", security_groups},
      {"file_systems", "fsx:DescribeFileSystems", file_systems},
      {"images", "ec2:DescribeImages", images},
      {"stacks", "cloudformation:ListStacks", stacks},
      {"buckets", "s3:ListAllMyBuckets", buckets},
  };
  return kLists;
}

}  // namespace trireme::cloud
