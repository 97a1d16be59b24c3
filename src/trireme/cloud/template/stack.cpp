#include "trireme/cloud/template/stack.h"

#include <algorithm>

#include "trireme/core/check.h"

namespace trireme::cloud {

namespace {

/// Limits of CloudFormation: "Understand CloudFormation quotas", AWS CloudFormation User Guide.
constexpr size_t kMaxResources = 500;
constexpr size_t kMaxOutputs = 200;

bool is_alphanumeric(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

}  // namespace

bool Stack::has(const std::string& logical_id) const {
  return std::any_of(resources_.begin(), resources_.end(),
                     [&](const Resource& resource) { return resource.logical_id == logical_id; });
}

void Stack::add_resource(std::string logical_id, std::string type, Map properties, Lifecycle lifecycle) {
  TRIREME_CHECK(is_alphanumeric(logical_id), "stack {}: \"{}\" is no logical id", name_, logical_id);
  TRIREME_CHECK(!has(logical_id), "stack {}: resource {} is added twice", name_, logical_id);
  TRIREME_CHECK(resources_.size() < kMaxResources, "stack {}: more than {} resources", name_, kMaxResources);
  resources_.push_back({std::move(logical_id), std::move(type), std::move(properties), std::move(lifecycle)});
}

void Stack::add_output(const std::string& stack, std::string name, std::string export_name, Value value,
                       std::string description) {
  TRIREME_CHECK(stack == name_, "stack {} exports {} of stack {}", name_, name, stack);
  TRIREME_CHECK(outputs_.size() < kMaxOutputs, "stack {}: more than {} outputs", name_, kMaxOutputs);
  outputs_.push_back({std::move(name), std::move(export_name), std::move(value), std::move(description)});
}

template <class Visitor>
void Stack::for_each_reference(const Visitor& visit) const {
  const auto visit_text = [&](const Text& text) {
    for (const Text::Piece& piece : text.pieces()) {
      if (const auto* reference = std::get_if<Reference>(&piece)) visit(*reference);
    }
  };
  for (const Resource& resource : resources_) {
    for (const Member& member : resource.properties) for_each_text(member.value, visit_text);
  }
  for (const Output& output : outputs_) for_each_text(output.value, visit_text);
}

std::set<std::string> Stack::exports() const {
  std::set<std::string> names;
  for (const Output& output : outputs_) names.insert(output.export_name);
  return names;
}

std::set<std::string> Stack::imports() const {
  std::set<std::string> names;
  for_each_reference([&](const Reference& reference) {
    if (reference.source == Reference::Source::kImport) names.insert(reference.name);
  });
  return names;
}

Value Stack::to_template() const {
  for_each_reference([&](const Reference& reference) {
    using Source = Reference::Source;
    const bool local = reference.source != Source::kImport && reference.source != Source::kPseudo;
    TRIREME_CHECK(!local || has(reference.name), "stack {}: a reference to {}, which it does not hold", name_,
                  reference.name);
  });
  Map resources;
  for (const Resource& resource : resources_) {
    Map body = {{"Type", resource.type}};
    if (!resource.lifecycle.after.empty()) {
      for (const std::string& name : resource.lifecycle.after) {
        TRIREME_CHECK(has(name), "stack {}: {} waits for {}, which is absent", name_, resource.logical_id, name);
      }
      body.push_back({"DependsOn", list_of(resource.lifecycle.after)});
    }
    if (resource.lifecycle.retain) {
      // A creation that fails leaves nothing behind.
      body.push_back({"DeletionPolicy", "RetainExceptOnCreate"});
      body.push_back({"UpdateReplacePolicy", "Retain"});
    }
    if (!resource.properties.empty()) body.push_back({"Properties", resource.properties});
    resources.push_back({resource.logical_id, std::move(body)});
  }
  Map outputs;
  for (const Output& output : outputs_) {
    outputs.push_back({output.name, Map{{"Description", output.description},
                                        {"Value", output.value},
                                        {"Export", Map{{"Name", output.export_name}}}}});
  }
  Map body = {{"AWSTemplateFormatVersion", "2010-09-09"}, {"Description", description_}, {"Resources", resources}};
  if (!outputs.empty()) body.push_back({"Outputs", std::move(outputs)});
  return body;
}

}  // namespace trireme::cloud
