#include <algorithm>
#include <functional>

#include "commands.h"
#include "ec2_resources.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

/// What one describe command lists.
struct Listing {
  const char* operation;
  const char* key;        // of the answer, and of the seed in world["ec2"]
  const char* ids;        // option that picks items
  const char* member;     // of an item, that `ids` names
  const char* not_found;  // error code
  const char* noun;
};

constexpr Listing kListings[] = {
    {"describe-vpcs", "Vpcs", "vpc-ids", "VpcId", "InvalidVpcID.NotFound", "vpc ID"},
    {"describe-subnets", "Subnets", "subnet-ids", "SubnetId", "InvalidSubnetID.NotFound", "subnet ID"},
    {"describe-route-tables", "RouteTables", "route-table-ids", "RouteTableId", "InvalidRouteTableID.NotFound",
     "routeTable ID"},
    {"describe-security-groups", "SecurityGroups", "group-ids", "GroupId", "InvalidGroup.NotFound", "security group"},
    {"describe-capacity-reservations", "CapacityReservations", "capacity-reservation-ids", "CapacityReservationId",
     "InvalidCapacityReservationId.NotFound", "capacity reservation ID"},
    {"describe-capacity-block-offerings", "CapacityBlockOfferings", "", "", "", ""},
    {"describe-instances", "Instances", "instance-ids", "InstanceId", "InvalidInstanceID.NotFound", "instance ID"},
    {"describe-images", "Images", "image-ids", "ImageId", "InvalidAMIID.NotFound", "image id"},
    {"describe-launch-templates", "LaunchTemplates", "launch-template-ids", "LaunchTemplateId",
     "InvalidLaunchTemplateId.NotFound", "launch template ID"},
    {"describe-placement-groups", "PlacementGroups", "group-names", "GroupName", "InvalidPlacementGroup.Unknown",
     "Placement Group"},
    {"describe-addresses", "Addresses", "allocation-ids", "AllocationId", "InvalidAllocationID.NotFound",
     "allocation ID"},
    {"describe-key-pairs", "KeyPairs", "key-names", "KeyName", "InvalidKeyPair.NotFound", "key pair"},
};

bool matches(const Json& value, const Json& wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const Json& each) {
    const std::string pattern = each;
    const std::string text = text_of(value);
    if (pattern.ends_with('*')) return text.starts_with(pattern.substr(0, pattern.size() - 1));
    return text == pattern;
  });
}

/// "vpc-id" of a filter is the member VpcId; "tag:K" looks into the tags.
bool passes(const Json& item, const Json& filter) {
  const std::string name = filter.at("Name");
  if (name.starts_with("tag:")) {
    for (const Json& tag : get(item, "Tags").is_array() ? item["Tags"] : Json::array()) {
      if (tag.at("Key") == name.substr(4) && matches(tag.at("Value"), filter.at("Values"))) return true;
    }
    return false;
  }
  if (name == "instance-state-name") return matches(item.at("State").at("Name"), filter.at("Values"));
  if (name == "default-for-az") return matches(get(item, "DefaultForAz"), filter.at("Values"));
  const Json& value = get(item, pascal_case(name));
  if (value.is_null()) throw AwsError("InvalidParameterValue", format("The filter '{}' is invalid", name));
  return matches(value, filter.at("Values"));
}

Json filtered(const Request& request, const Json& items) {
  Json out = Json::array();
  const Json filters = request.structures("filters");
  for (const Json& item : items) {
    if (std::all_of(filters.begin(), filters.end(), [&](const Json& filter) { return passes(item, filter); }))
      out.push_back(item);
  }
  return out;
}

Json picked(const Request& request, const Listing& listing, const Json& items) {
  const std::vector<std::string> ids = request.list(listing.ids);
  if (ids.empty()) return items;
  Json out = Json::array();
  for (const std::string& id : ids) {
    const auto found =
        std::find_if(items.begin(), items.end(), [&](const Json& item) { return get(item, listing.member) == id; });
    if (found == items.end()) throw AwsError(listing.not_found, format("The {} '{}' does not exist", listing.noun, id));
    out.push_back(*found);
  }
  return out;
}

Json list(World& world, const Request& request) {
  const auto listing = std::find_if(std::begin(kListings), std::end(kListings),
                                    [&](const Listing& each) { return each.operation == request.operation; });
  const Json items = filtered(request, picked(request, *listing, ec2_items(world, listing->key)));
  const std::string key = listing->key;
  if (key != "Instances") return paginate(request, {{key, items}}, key);
  Json reservations = Json::array();
  for (const Json& instance : items) {
    reservations.push_back({{"ReservationId", "r-" + World::hex(text_of(instance["InstanceId"]), 17)},
                            {"OwnerId", world.account()},
                            {"Groups", Json::array()},
                            {"Instances", {instance}}});
  }
  return paginate(request, {{"Reservations", reservations}}, "Reservations");
}

Json zones(World& world, const Request& request) {
  Json items = Json::array();
  for (const Json& zone : world["zones"]) {
    items.push_back({{"State", "available"},
                     {"OptInStatus", "opt-in-not-required"},
                     {"Messages", Json::array()},
                     {"RegionName", world.region()},
                     {"ZoneName", zone.at("name")},
                     {"ZoneId", zone.at("id")},
                     {"GroupName", world.region() + "-zg-1"},
                     {"NetworkBorderGroup", world.region()},
                     {"ZoneType", "availability-zone"}});
  }
  return {{"AvailabilityZones", filtered(request, items)}};
}

Json offerings(World& world, const Request& request) {
  const std::string by = request.text("location-type").value_or("region");
  Json items = Json::array();
  for (const auto& [type, names] : world["offerings"].items()) {
    Json locations = by == "region" ? Json::array({world.region()}) : names;
    if (by == "availability-zone-id") {
      locations = Json::array();
      for (const Json& zone : world["zones"]) {
        if (std::find(names.begin(), names.end(), zone.at("name")) != names.end()) locations.push_back(zone.at("id"));
      }
    }
    for (const Json& location : locations) {
      items.push_back({{"InstanceType", type}, {"LocationType", by}, {"Location", location}});
    }
  }
  return paginate(request, {{"InstanceTypeOfferings", filtered(request, items)}}, "InstanceTypeOfferings");
}

Json instance_types(World& world, const Request& request) {
  Json items = Json::array();
  const std::vector<std::string> wanted = request.list("instance-types");
  for (const std::string& type : wanted) {
    if (!world["instance_types"].contains(type)) {
      throw AwsError("InvalidInstanceType", format("The following supplied instance types do not exist: [{}]", type));
    }
  }
  for (const auto& [type, facts] : world["instance_types"].items()) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), type) == wanted.end()) continue;
    Json item = facts;
    item["InstanceType"] = type;
    items.push_back(item);
  }
  return paginate(request, {{"InstanceTypes", filtered(request, items)}}, "InstanceTypes");
}

}  // namespace

void add_ec2(Commands& commands) {
  for (const Listing& listing : kListings) commands[std::string("ec2.") + listing.operation] = list;
  commands["ec2.describe-availability-zones"] = zones;
  commands["ec2.describe-instance-type-offerings"] = offerings;
  commands["ec2.describe-instance-types"] = instance_types;
}

}  // namespace scripted_aws
