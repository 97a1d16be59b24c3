#pragma once

#include "trireme/cloud/template/value.h"

namespace trireme::cloud {

/// A statement of an IAM policy. `extra` holds Condition, Principal and the like.
inline Map statement(const std::string& effect, List actions, Value resources, Map extra = {}) {
  Map body = {{"Effect", effect}, {"Action", std::move(actions)}, {"Resource", std::move(resources)}};
  for (Member& member : extra) body.push_back(std::move(member));
  return body;
}

inline Map policy_document(List statements) {
  return {{"Version", "2012-10-17"}, {"Statement", std::move(statements)}};
}

/// A role that the AWS service `service`, such as "ec2", may take on. Services that act for many accounts get a
/// condition against the confused deputy.
inline Map trust_policy(const std::string& service, bool for_this_account) {
  Map trust = {{"Effect", "Allow"},
               {"Principal", Map{{"Service", service + "." + "amazonaws.com"}}},
               {"Action", "sts:AssumeRole"}};
  if (for_this_account) {
    trust.push_back({"Condition", Map{{"StringEquals", Map{{"aws:SourceAccount", Text::account()}}}}});
  }
  return policy_document({std::move(trust)});
}

/// "arn:PARTITION:service:REGION:ACCOUNT:rest" of the deployment.
inline Text arn_here(const std::string& service, const Text& rest) {
  return "arn:" + Text::partition() + ":" + service + ":" + Text::region() + ":" + Text::account() + ":" + rest;
}

/// An AWS managed policy.
inline Text managed_policy(const std::string& name) { return "arn:" + Text::partition() + ":iam::aws:policy/" + name; }

}  // namespace trireme::cloud
