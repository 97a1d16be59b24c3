#include "trireme/cloud/lower/template_resources.h"
#include "trireme/config/access.h"

namespace trireme::cloud {

namespace {

/// Texts as far as they are known; Fn::Sub of a partition still shows the policy's name.
std::vector<Text> patterns(const Entry& raw, const Resolver& resolver) {
  std::vector<Text> texts;
  for (const Entry& entry : raw.items()) {
    if (entry.value() != nullptr) texts.push_back({resolver.pattern(*entry.value()), entry.where(), false});
  }
  return texts;
}

void add_document(const LoweredResource& resource, const Entry& document, const Resolver& resolver, StackModel& stack) {
  for (const Entry& entry : document["Statement"].items()) {
    PolicyStatement statement{resource.label(), entry.where(), entry["Effect"].text().is("Allow"), {}, {}, {}};
    statement.actions = patterns(entry["Action"], resolver);
    statement.resources = patterns(entry["Resource"], resolver);
    stack.policies.push_back(std::move(statement));
  }
}

}  // namespace

void lower_policy_resources(const TemplateParts& parts, StackModel& stack) {
  for (const LoweredResource& resource : parts.resources) {
    if (resource.type.rfind("AWS::IAM::", 0) != 0) continue;
    const Entry raw = resource.raw["Properties"];
    add_document(resource, raw["PolicyDocument"], parts.resolver, stack);
    for (const Entry& policy : raw["Policies"].items()) {
      add_document(resource, policy["PolicyDocument"], parts.resolver, stack);
    }
    if (!raw["ManagedPolicyArns"].absent()) {
      PolicyStatement statement{resource.label(), raw["ManagedPolicyArns"].where(), true, {}, {}, {}};
      statement.managed = patterns(raw["ManagedPolicyArns"], parts.resolver);
      stack.policies.push_back(std::move(statement));
    }
  }
}

}  // namespace trireme::cloud
