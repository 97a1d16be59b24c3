#include "ec2_resources.h"

#include <map>

namespace scripted_aws {

namespace {

const Json& property(const Json& resource, const char* name) { return get(resource.at("properties"), name); }

std::string text(const Json& resource, const char* name, const std::string& otherwise = "") {
  const Json& value = property(resource, name);
  return value.is_null() ? otherwise : text_of(value);
}

Json vpc(World& world, const Json& r) {
  return {{"VpcId", r["id"]},           {"CidrBlock", text(r, "CidrBlock")},
          {"State", "available"},       {"OwnerId", world.account()},
          {"IsDefault", false},         {"InstanceTenancy", "default"},
          {"DhcpOptionsId", "default"}, {"Tags", tags_of(world, r)}};
}

Json subnet(World& world, const Json& r) {
  const std::string zone = text(r, "AvailabilityZone", world.region() + "a");
  Json out = {{"SubnetId", r["id"]},
              {"VpcId", text(r, "VpcId")},
              {"CidrBlock", text(r, "CidrBlock")},
              {"State", "available"},
              {"AvailabilityZone", zone},
              {"AvailableIpAddressCount", 4091},
              {"OwnerId", world.account()},
              {"DefaultForAz", false},
              {"MapPublicIpOnLaunch", property(r, "MapPublicIpOnLaunch") == true},
              {"Tags", tags_of(world, r)}};
  for (const Json& each : world["zones"]) {
    if (each.at("name") == zone) out["AvailabilityZoneId"] = each.at("id");
  }
  return out;
}

Json security_group(World& world, const Json& r) {
  return {{"GroupId", r["id"]},
          {"GroupName", text(r, "GroupName", r["id"])},
          {"Description", text(r, "GroupDescription")},
          {"VpcId", text(r, "VpcId")},
          {"OwnerId", world.account()},
          {"IpPermissions", Json::array()},
          {"IpPermissionsEgress", Json::array()},
          {"Tags", tags_of(world, r)}};
}

Json reservation(World& world, const Json& r) {
  const int count = std::stoi(text(r, "InstanceCount", "1"));
  return {{"CapacityReservationId", r["id"]},
          {"OwnerId", world.account()},
          {"InstanceType", text(r, "InstanceType")},
          {"InstancePlatform", text(r, "InstancePlatform", "Linux/UNIX")},
          {"AvailabilityZone", text(r, "AvailabilityZone")},
          {"Tenancy", "default"},
          {"TotalInstanceCount", count},
          {"AvailableInstanceCount", count},
          {"State", "active"},
          {"InstanceMatchCriteria", text(r, "InstanceMatchCriteria", "open")},
          {"CreateDate", r["created"]},
          {"Tags", tags_of(world, r)}};
}

Json instance(World& world, const Json& r) {
  return {{"InstanceId", r["id"]},
          {"InstanceType", text(r, "InstanceType", "m5.large")},
          {"ImageId", text(r, "ImageId")},
          {"LaunchTime", r["created"]},
          {"PrivateIpAddress", r["attributes"]["PrivateIp"]},
          {"State", {{"Code", 16}, {"Name", "running"}}},
          {"SubnetId", text(r, "SubnetId")},
          {"Placement", {{"AvailabilityZone", r["attributes"]["AvailabilityZone"]}}},
          {"Tags", tags_of(world, r)}};
}

Json launch_template(World& world, const Json& r) {
  return {{"LaunchTemplateId", r["id"]},
          {"LaunchTemplateName", text(r, "LaunchTemplateName", r["logical_id"])},
          {"CreateTime", r["created"]},
          {"DefaultVersionNumber", 1},
          {"LatestVersionNumber", std::stoi(text_of(r["attributes"]["LatestVersionNumber"]))},
          {"Tags", tags_of(world, r)}};
}

Json placement_group(World& world, const Json& r) {
  return {{"GroupName", r["id"]},
          {"GroupId", "pg-" + World::hex(text_of(r["id"]), 17)},
          {"State", "available"},
          {"Strategy", text(r, "Strategy", "cluster")},
          {"Tags", tags_of(world, r)}};
}

Json address(World& world, const Json& r) {
  return {{"AllocationId", r["attributes"]["AllocationId"]},
          {"PublicIp", r["id"]},
          {"Domain", "vpc"},
          {"Tags", tags_of(world, r)}};
}

struct Source {
  const char* type;
  Json (*convert)(World&, const Json&);
};

const std::map<std::string, Source> kSources = {
    {"Vpcs", {"AWS::EC2::VPC", vpc}},
    {"Subnets", {"AWS::EC2::Subnet", subnet}},
    {"SecurityGroups", {"AWS::EC2::SecurityGroup", security_group}},
    {"CapacityReservations", {"AWS::EC2::CapacityReservation", reservation}},
    {"Instances", {"AWS::EC2::Instance", instance}},
    {"LaunchTemplates", {"AWS::EC2::LaunchTemplate", launch_template}},
    {"PlacementGroups", {"AWS::EC2::PlacementGroup", placement_group}},
    {"Addresses", {"AWS::EC2::EIP", address}},
};

}  // namespace

Json converted(World& world, const std::string& type, const std::function<Json(World&, const Json&)>& convert) {
  Json items = Json::array();
  for (const auto& [key, resource] : world["resources"].items()) {
    if (resource.at("type") == type) items.push_back(convert(world, resource));
  }
  return items;
}

Json tags_of(World& world, const Json& resource) {
  Json tags = property(resource, "Tags").is_array() ? property(resource, "Tags") : Json::array();
  const Json& stack = get(world["stacks"], text_of(resource.at("stack")));
  if (stack.is_null()) return resource.value("kept_tags", tags);
  for (const Json& tag : stack.at("tags")) tags.push_back(tag);
  tags.push_back({{"Key", "aws:cloudformation:stack-name"}, {"Value", stack.at("name")}});
  tags.push_back({{"Key", "aws:cloudformation:logical-id"}, {"Value", resource.at("logical_id")}});
  return tags;
}

Json ec2_items(World& world, const std::string& key) {
  Json items = world["ec2"].contains(key) ? world["ec2"][key] : Json::array();
  const auto source = kSources.find(key);
  if (source == kSources.end()) return items;
  for (Json& item : converted(world, source->second.type, source->second.convert)) items.push_back(item);
  return items;
}

}  // namespace scripted_aws
