#include <algorithm>
#include <map>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

/// Types that CloudFormation checks against the account, where an empty text is nothing's id.
bool is_account_type(const std::string& type) {
  return type.rfind("AWS::EC2::", 0) == 0 || type.rfind("AWS::Route53::", 0) == 0 || type.rfind("List<AWS::", 0) == 0;
}

void check_empty_default(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const Parameter& parameter : stack.parameters) {
      if (!is_account_type(parameter.type) || !parameter.fallback.is("")) continue;
      judge.find(parameter.fallback.where, "Parameters." + parameter.name,
                 format("an empty default is no {}: the stack fails when it is left out", parameter.type));
    }
  }
}

void check_allowed(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const Parameter& parameter : stack.parameters) {
      const auto& allowed = parameter.allowed;
      // Defaults of lists are checked item by item.
      if (allowed.empty() || !parameter.fallback || parameter.type.find("List") != std::string::npos) continue;
      if (std::find(allowed.begin(), allowed.end(), *parameter.fallback) != allowed.end()) continue;
      judge.find(
          parameter.fallback.where, "Parameters." + parameter.name,
          format("the default \"{}\" is not among the values allowed: {}", *parameter.fallback, list_of(allowed)));
    }
  }
}

void check_unused(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const Parameter& parameter : stack.parameters) {
      if (parameter.used || stack.expands) continue;
      judge.find(parameter.where, "Parameters." + parameter.name, "nothing uses the parameter");
    }
  }
}

void check_inverted(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const Switch& each : stack.inverted) {
      judge.find(
          each.where, "Resources." + each.path,
          format("{} = true leaves it out, and false puts it in (condition {})", each.parameter, each.condition));
    }
  }
}

void check_selection(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    std::map<std::string, const Selection*> most;
    for (const Selection& each : stack.selections) {
      const Selection*& known = most[each.parameter];
      if (known == nullptr || known->index < each.index) known = &each;
    }
    for (const auto& [name, selection] : most) {
      const Parameter* parameter = stack.parameter(name);
      const bool account_list = parameter != nullptr && parameter->type.rfind("List<AWS::", 0) == 0;
      if (!account_list || selection->index < 1 || stack.has_rules) continue;
      judge.find(selection->where, "Parameters." + name,
                 format("item {} is taken from a list whose length nothing checks", selection->index + 1));
    }
  }
}

void check_limits(const Model& model, Judge& judge) {
  constexpr size_t kResources = 500, kParameters = 200, kOutputs = 200, kBody = 51200, kObject = 1000000;
  for (const StackModel& stack : model.stacks) {
    const SourceLocation place = {stack.file, 1, 1};
    const auto over = [&](size_t count, size_t limit, const char* what) {
      if (count > limit) judge.find(place, "template", format("{} {}; CloudFormation takes {}", count, what, limit));
    };
    over(stack.resources.size(), kResources, "resources");
    over(stack.parameters.size(), kParameters, "parameters");
    over(stack.outputs, kOutputs, "outputs");
    over(stack.bytes, kObject, "bytes");
    if (stack.bytes > kBody && stack.bytes <= kObject) {
      judge.find(place, "template",
                 format("{} bytes; a request takes {}, so it must come from a bucket", stack.bytes, kBody),
                 {.level = Level::kInfo, .remedy = "deploy it with --s3-bucket or --template-url"});
    }
    if (stack.resources.empty() && !stack.expands) judge.find(place, "template", "no resources");
  }
}

constexpr std::string_view kParametersPage = "CloudFormation User Guide, Parameters section";

constexpr Rule kRules[] = {
    {"parameter-empty-default", Level::kError, "A parameter of an AWS type has no empty default",
     "make it a String and use a condition", "CloudFormation User Guide, AWS-specific parameter types",
     check_empty_default},
    {"parameter-default", Level::kError, "A default is among the values allowed", "correct one of them",
     kParametersPage, check_allowed},
    {"parameter-unused", Level::kInfo, "Every parameter is used", "remove it", kParametersPage, check_unused},
    {"switch-inverted", Level::kError, "A parameter that promises something gives it", "swap the branches of Fn::If",
     "CloudFormation Template Reference, Fn::If", check_inverted},
    {"list-unchecked", Level::kWarning, "A list is as long as the items taken from it",
     "derive the number from the list, or assert it in Rules", "CloudFormation Template Reference, Fn::Select",
     check_selection},
    {"template-limits", Level::kError, "A template is within CloudFormation's limits", "split it into stacks",
     "CloudFormation User Guide, Understand CloudFormation quotas", check_limits},
};

}  // namespace

std::span<const Rule> template_rules() { return kRules; }

}  // namespace trireme::cloud
