#include <algorithm>

#include "trireme/cloud/lower/template_resources.h"
#include "trireme/config/access.h"

namespace trireme::cloud {

namespace {

/// Would the target name nothing if every optional parameter were left out? Each member is dropped by a condition, or
/// is a parameter that is empty by default.
bool may_be_empty(const Entry& target, const Resolver& resolver) {
  const config::Table* members = target.table();
  if (members == nullptr || as_intrinsic(*target.value())) return false;
  return std::all_of(members->begin(), members->end(), [&](const config::Member& member) {
    const Intrinsic intrinsic = as_intrinsic(member.value);
    if (!intrinsic) return config::as_text(&member.value) != nullptr && config::as_text(&member.value)->empty();
    if (*intrinsic.name == "Fn::If") {
      const config::Array* parts = config::as_array(intrinsic.argument);
      return parts != nullptr && parts->size() == 3 &&
             (resolver.outcomes((*parts)[1]).empty() || resolver.outcomes((*parts)[2]).empty());
    }
    return *intrinsic.name == "Ref" && is_unknown(resolver.resolve(member.value)) && resolver.is_optional(member.value);
  });
}

void read_capacity(const Entry& data, const Entry& raw, const Resolver& resolver, CapacitySource& capacity) {
  const Entry target = data["CapacityReservationSpecification"]["CapacityReservationTarget"];
  const Text market = data["InstanceMarketOptions"]["MarketType"].text();
  capacity.where = data.where();
  capacity.kind = or_default(market, std::string("on-demand"));
  if (market.is("capacity-block")) capacity.kind.value = "block";
  const Text id = target["CapacityReservationId"].text();
  const Text group = target["CapacityReservationResourceGroupArn"].text();
  if (!id.absent()) {
    capacity.id = id;
    if (!market.is("capacity-block")) capacity.kind = {"reservation", id.where, false};
  } else if (!group.absent()) {
    capacity.id = group;
    if (!market.is("capacity-block")) capacity.kind = {"reservation-group", group.where, false};
  }
  const Entry raw_target = raw["CapacityReservationSpecification"]["CapacityReservationTarget"];
  if (raw_target.given() && may_be_empty(raw_target, resolver)) {
    capacity.maybe_empty = true;
    capacity.where = raw_target.where();
    // A target that may be left out decides nothing.
    capacity.kind = {std::nullopt, raw_target.where(), true};
    capacity.id = capacity.kind;
  }
}

void read_interfaces(const Entry& data, NodeModel& node) {
  const Entry interfaces = data["NetworkInterfaces"];
  node.has_interfaces = !interfaces.absent();
  node.interfaces.complete = !interfaces.unknown();
  node.interfaces.where = interfaces.where();
  for (const Entry& entry : interfaces.items()) {
    const auto card = or_default(entry["NetworkCardIndex"].integer(), int64_t{0});
    const auto device = entry["DeviceIndex"].integer();
    const Text kind_text = or_default(entry["InterfaceType"].text(), std::string("interface"));
    const auto kind = kind_text ? catalog::parse_interface_kind(*kind_text) : std::nullopt;
    const auto groups = entry["Groups"].links();
    if (!entry["Groups"].absent()) node.groups = groups;
    const auto public_ip = entry["AssociatePublicIpAddress"].boolean();
    if (!public_ip.absent()) node.public_ip = public_ip;
    if (!entry["SubnetId"].absent()) node.subnets = entry["SubnetId"].links();
    if (card && device && kind) {
      node.interfaces.items.push_back({catalog::NetworkInterface{*card, *device, *kind}, entry.where(), false});
    } else {
      node.interfaces.complete = false;
    }
  }
  if (node.has_interfaces && node.interfaces.complete) {
    const bool efa = std::any_of(node.interfaces.items.begin(), node.interfaces.items.end(),
                                 [](const auto& each) { return each->has_efa(); });
    node.efa = {efa, node.interfaces.where, false};
  } else if (node.has_interfaces) {
    node.efa.unknown = true;
  }
}

/// Each image that the property may name.
void add_images(const Entry& raw, const Resolver& resolver, NodeModel& node) {
  if (raw.value() == nullptr) return;
  for (const config::Value& outcome : resolver.outcomes(*raw.value())) {
    Text text = Entry(outcome).text();
    text.where = raw.where();
    if (!text.absent()) node.images.push_back(std::move(text));
  }
}

/// A launch template or an instance.
NodeModel node_of(const LoweredResource& resource, const Entry& data, const Entry& raw, const Resolver& resolver) {
  NodeModel node;
  node.name = resource.label();
  node.where = resource.properties.where;
  if (const Text instance = data["InstanceType"].text(); !instance.absent()) node.instances.push_back(instance);
  node.groups = data["SecurityGroupIds"].links();
  node.subnets = data["SubnetId"].links();
  read_interfaces(data, node);
  read_capacity(data, raw, resolver, node.capacity);
  const Entry placement = data["Placement"]["GroupName"];
  const Entry placement_id = data["Placement"]["GroupId"];
  node.placement_group = {!placement.absent() || !placement_id.absent(), placement.where(),
                          placement.unknown() || placement_id.unknown()};
  if (node.placement_group.unknown) node.placement_group.value.reset();
  add_images(raw["ImageId"], resolver, node);
  const Text tokens = data["MetadataOptions"]["HttpTokens"].text();
  node.imds_tokens = {tokens.is("required"), tokens.where, tokens.unknown};
  if (tokens.unknown) node.imds_tokens.value.reset();
  return node;
}

NodeModel* launch_template(Model& model, const Entry& reference) {
  for (const char* key : {"LaunchTemplateId", "LaunchTemplateName", "Id", "Name"}) {
    const auto link = reference[key].link();
    if (!link || !link->declared) continue;
    for (NodeModel& node : model.nodes) {
      if (node.name == "Resources." + link->name) return &node;
    }
  }
  return nullptr;
}

/// The node that a service starts from a launch template of the same file, or a new one.
NodeModel& node_for(Model& model, const LoweredResource& resource, const Entry& reference) {
  if (NodeModel* found = launch_template(model, reference)) return *found;
  NodeModel node;
  node.name = resource.label();
  node.where = resource.properties.where;
  node.imds_tokens.unknown = true;
  // A launch template that is elsewhere may say anything.
  node.efa.unknown = node.capacity.kind.unknown = !reference.absent();
  if (reference.absent()) node.capacity.kind = {"on-demand", resource.properties.where, false};
  return model.nodes.emplace_back(std::move(node));
}

void add_compute_environment(const LoweredResource& resource, const Resolver& resolver, Model& model) {
  const Entry compute = resource.entry()["ComputeResources"];
  if (compute.absent() || compute["Type"].text().is("FARGATE")) return;
  NodeModel& node = node_for(model, resource, compute["LaunchTemplate"]);
  for (const Text& type : compute["InstanceTypes"].texts().items) {
    // A family, or "optimal", leaves the size to AWS Batch.
    if (type->find('.') != std::string::npos) node.instances.push_back(type);
  }
  if (!compute["Subnets"].absent()) node.subnets = compute["Subnets"].links();
  if (!compute["SecurityGroupIds"].absent()) node.groups = compute["SecurityGroupIds"].links();
  const Entry placement = compute["PlacementGroup"];
  if (placement.unknown()) {
    node.placement_group = {std::nullopt, placement.where(), true};
  } else if (!placement.absent()) {
    node.placement_group = {true, placement.where(), false};
  }
  if (compute["Type"].text().is("SPOT")) node.capacity.kind = {"spot", compute["Type"].where(), false};
  node.allocation = or_default(compute["AllocationStrategy"].text(), std::string("BEST_FIT"));
  const std::vector<Entry> configurations = compute["Ec2Configuration"].items();
  if (configurations.size() == 1) node.image_type = configurations.front()["ImageType"].text();
  const Entry raw = resource.raw["Properties"]["ComputeResources"];
  add_images(raw["ImageId"], resolver, node);
  for (const Entry& configuration : raw["Ec2Configuration"].items()) {
    add_images(configuration["ImageIdOverride"], resolver, node);
  }
  node.role = "worker";
}

void add_hyperpod_groups(const LoweredResource& resource, Model& model) {
  for (const Entry& entry : resource.entry()["InstanceGroups"].items()) {
    NodeModel node;
    node.name = resource.label();
    if (const Text name = entry["InstanceGroupName"].text(); name) node.name += "." + *name;
    node.where = entry.where();
    node.service = NodeService::kHyperPod;
    if (const Text type = entry["InstanceType"].text(); !type.absent()) node.instances.push_back(type);
    node.count = node.max_count = entry["InstanceCount"].integer();
    node.capacity.kind = {"on-demand", entry.where(), false};
    if (const Text plan = entry["TrainingPlanArn"].text(); !plan.absent()) {
      node.capacity = {{"training-plan", plan.where, false}, plan, plan.where, false, false};
    }
    const Entry own = entry["OverrideVpcConfig"];
    const Entry vpc = own.absent() ? resource.entry()["VpcConfig"] : own;
    node.subnets = vpc["Subnets"].links();
    node.groups = vpc["SecurityGroupIds"].links();
    node.imds_tokens.unknown = true;
    model.nodes.push_back(std::move(node));
  }
}

void add_eks_group(const LoweredResource& resource, Model& model) {
  const Entry properties = resource.entry();
  NodeModel& node = node_for(model, resource, properties["LaunchTemplate"]);
  for (const Text& type : properties["InstanceTypes"].texts().items) node.instances.push_back(type);
  node.subnets = properties["Subnets"].links();
  node.count = properties["ScalingConfig"]["MinSize"].integer();
  node.max_count = properties["ScalingConfig"]["MaxSize"].integer();
  if (properties["CapacityType"].text().is("SPOT")) {
    node.capacity.kind = {"spot", properties["CapacityType"].where(), false};
  }
  node.role = "worker";
}

}  // namespace

void lower_node_resources(const TemplateParts& parts, Model& model) {
  parts.each("AWS::EC2::LaunchTemplate", [&](const LoweredResource& resource) {
    model.nodes.push_back(node_of(resource, resource.entry()["LaunchTemplateData"],
                                  resource.raw["Properties"]["LaunchTemplateData"], parts.resolver));
  });
  parts.each("AWS::EC2::Instance", [&](const LoweredResource& resource) {
    NodeModel node = node_of(resource, resource.entry(), resource.raw["Properties"], parts.resolver);
    node.count = node.max_count = {1, resource.properties.where, false};
    model.nodes.push_back(std::move(node));
  });
  parts.each("AWS::Batch::ComputeEnvironment",
             [&](const LoweredResource& resource) { add_compute_environment(resource, parts.resolver, model); });
  parts.each("AWS::EKS::Nodegroup", [&](const LoweredResource& resource) { add_eks_group(resource, model); });
  parts.each("AWS::SageMaker::Cluster", [&](const LoweredResource& resource) { add_hyperpod_groups(resource, model); });
}

}  // namespace trireme::cloud
