#include <algorithm>
#include <array>
#include <cctype>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void check_admin(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const PolicyStatement& statement : stack.policies) {
      for (const Text& arn : statement.managed) {
        if (!arn || !(ends_with(*arn, "/AdministratorAccess") || ends_with(*arn, "FullAccess"))) continue;
        judge.find(arn.where, statement.resource, format("attaches {}", arn->substr(arn->rfind('/') + 1)));
      }
    }
  }
}

void check_wildcard(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const PolicyStatement& statement : stack.policies) {
      const bool everything = std::any_of(statement.resources.begin(), statement.resources.end(),
                                          [](const Text& text) { return text.is("*"); });
      if (!statement.allows || !everything) continue;
      for (const Text& action : statement.actions) {
        if (!action || !(*action == "*" || ends_with(*action, ":*"))) continue;
        judge.find(action.where, statement.resource, format("allows {} on every resource", *action));
      }
    }
  }
}

void check_partition(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const Literal& literal : stack.literals) {
      if (literal.text->find("arn:aws:") == std::string::npos) continue;
      judge.find(literal.text.where, "Resources." + literal.resource + "." + literal.path,
                 "an ARN with the partition aws, which GovCloud and China don't have");
    }
  }
}

bool names_secret(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const char* word : {"password", "secretstring", "secret_access_key", "secretaccesskey", "authtoken", "passwd"}) {
    if (name.find(word) != std::string::npos) return true;
  }
  return false;
}

/// The key id of an IAM user, anywhere in a text.
bool holds_access_key(const std::string& text) {
  for (size_t at = text.find("AKIA"); at != std::string::npos; at = text.find("AKIA", at + 4)) {
    size_t end = at + 4;
    while (end < text.size() && (std::isupper(static_cast<unsigned char>(text[end])) != 0 ||
                                 std::isdigit(static_cast<unsigned char>(text[end])) != 0)) {
      ++end;
    }
    const bool starts = at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0;
    if (starts && end - at == 20) return true;
  }
  return false;
}

/// Text that stands for a secret elsewhere.
bool is_reference(const std::string& text) {
  return text.empty() || text.find("{{resolve:") != std::string::npos || text.find("${") != std::string::npos ||
         text.rfind("arn:", 0) == 0;
}

void check_secret(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const Literal& literal : stack.literals) {
      const std::string key = literal.path.substr(literal.path.rfind('.') + 1);
      // Switches such as RequireSymbols of a password policy are no secrets.
      const bool value = literal.text->size() >= 4 && *literal.text != "true" && *literal.text != "false";
      const bool named = names_secret(key) && literal.path.find("GenerateSecretString") == std::string::npos;
      if (!holds_access_key(*literal.text) && !(named && value && !is_reference(*literal.text))) continue;
      judge.find(literal.text.where, "Resources." + literal.resource + "." + literal.path,
                 "a secret stands in the file");
    }
    for (const Parameter& parameter : stack.parameters) {
      if (!names_secret(parameter.name) || !parameter.fallback || is_reference(*parameter.fallback)) continue;
      judge.find(parameter.fallback.where, "Parameters." + parameter.name, "a secret stands in the file as a default");
    }
  }
  for (const Setting& setting : model.settings) {
    const bool secret = names_secret(setting.name) || holds_access_key(setting.value.value.value_or(""));
    if (!setting.value || !secret || is_reference(*setting.value)) continue;
    judge.find(setting.value.where, setting.name, "a secret stands in the file");
  }
}

void check_echo(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const Parameter& parameter : stack.parameters) {
      if (!names_secret(parameter.name) || parameter.no_echo || parameter.type != "String") continue;
      judge.find(parameter.where, "Parameters." + parameter.name, "anyone who may describe the stack reads its value");
    }
  }
}

constexpr std::string_view kLeast = "IAM User Guide, Security best practices in IAM, least privilege";

constexpr Rule kRules[] = {
    {"iam-full-access", Level::kWarning, "Roles get no full access", "write a policy of the actions that are called",
     kLeast, check_admin},
    {"iam-wildcard", Level::kWarning, "Policies don't allow all of a service on everything",
     "name the actions, and the resources", kLeast, check_wildcard},
    {"arn-partition", Level::kWarning, "ARNs take the partition from the stack",
     "write arn:${AWS::Partition}: in a Fn::Sub", "CloudFormation Template Reference, Pseudo parameters",
     check_partition},
    {"secret-literal", Level::kError, "No secret stands in a file",
     "use {{resolve:secretsmanager:…}}, and replace the secret: it is known now",
     "CloudFormation User Guide, Security best practices, do not embed credentials", check_secret},
    {"secret-echo", Level::kWarning, "Parameters that hold secrets are not shown", "set NoEcho: true, or use a secret",
     "CloudFormation User Guide, Parameters section, NoEcho", check_echo},
};

}  // namespace

std::span<const Rule> security_rules() { return kRules; }

}  // namespace trireme::cloud
