#include <algorithm>
#include <functional>
#include <set>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/diagnostic.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

std::vector<std::string> names_of(const StackModel& stack) {
  std::vector<std::string> names;
  for (const auto& [name, resource] : stack.resources) names.push_back(name);
  for (const Parameter& parameter : stack.parameters) names.push_back(parameter.name);
  return names;
}

std::string place_in(const Mention& reference) {
  return reference.from.empty() ? "Outputs" : "Resources." + reference.from;
}

bool is_declared(const StackModel& stack, const Mention& reference) {
  if (reference.kind == Mention::Kind::kCondition) return stack.conditions.count(reference.name) > 0;
  if (stack.resources.count(reference.name) > 0) return true;
  return reference.kind == Mention::Kind::kName && stack.parameter(reference.name) != nullptr;
}

void check_dangling(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    const std::vector<std::string> conditions(stack.conditions.begin(), stack.conditions.end());
    const std::vector<std::string> names = names_of(stack);
    for (const Mention& reference : stack.references) {
      if (is_declared(stack, reference)) continue;
      const bool condition = reference.kind == Mention::Kind::kCondition;
      if (stack.expands && !condition) {
        judge.find(reference.where, place_in(reference),
                   format("\"{}\" is there only if a macro or module makes it", reference.name),
                   {.level = Level::kUndecided, .remedy = "judge the template as its change set shows it, expanded"});
        continue;
      }
      const std::string near = nearest_name(reference.name, condition ? conditions : names);
      judge.find(
          reference.where, place_in(reference),
          format("the template has no {} \"{}\"", condition ? "condition" : "parameter or resource", reference.name),
          {.remedy = near.empty() ? "" : format("did you mean \"{}\"?", near)});
    }
  }
}

/// Keys whose value names the resource itself, or is for people.
bool is_label(const std::string& path) {
  const std::string key = path.substr(path.rfind('.') + 1);
  for (const char* each : {"Key", "Value", "Sid", "Description", "Name", "GroupDescription", "PolicyName", "Type"}) {
    if (key == each) return true;
  }
  return false;
}

void check_literal(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const Literal& literal : stack.literals) {
      const auto named = stack.resources.find(*literal.text);
      const bool own = literal.resource.empty() || literal.resource == *literal.text;
      if (named == stack.resources.end() || own || is_label(literal.path)) continue;
      // A resource that is really called so may be meant.
      if (named->second.physical_name.is(*literal.text) || stack.parameter(*literal.text) != nullptr) continue;
      const auto owner = stack.resources.find(literal.resource);
      if (owner != stack.resources.end() && owner->second.physical_name.is(*literal.text)) continue;
      judge.find(literal.text.where, "Resources." + literal.resource + "." + literal.path,
                 format("the text \"{}\" is the logical name of a resource ({}), which AWS does not know",
                        *literal.text, named->second.type),
                 {.remedy = "write !Ref " + *literal.text});
    }
  }
}

void check_conditional(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    std::set<std::string> said;
    for (const Mention& reference : stack.references) {
      if (reference.missing_when.empty() || !said.insert(reference.from + "/" + reference.name).second) continue;
      judge.find(reference.where, place_in(reference),
                 format("\"{}\" is mentioned and not made when {}", reference.name, reference.missing_when));
    }
  }
}

void check_cycle(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    std::set<std::string> done;
    std::vector<std::string> path;
    const std::function<bool(const std::string&)> visit = [&](const std::string& name) {
      const auto found = stack.resources.find(name);
      // No stack has a longer chain: CloudFormation takes 500 resources.
      const bool too_long = path.size() > 500;
      if (found == stack.resources.end() || done.count(name) > 0 || too_long) return false;
      const auto again = std::find(path.begin(), path.end(), name);
      if (again != path.end()) {
        std::string circle;
        for (auto each = again; each != path.end(); ++each) circle += *each + " → ";
        judge.find(found->second.where, "Resources." + name, "a circle: " + circle + name);
        return true;
      }
      path.push_back(name);
      for (const std::string& next : found->second.depends) {
        if (visit(next)) return true;
      }
      path.pop_back();
      done.insert(name);
      return false;
    };
    for (const auto& [name, resource] : stack.resources) {
      if (visit(name)) break;
    }
  }
}

void check_imports(const Model& model, Judge& judge, bool near_misses) {
  std::vector<std::string> exported;
  size_t stacks = 0;
  for (const Model& each : judge.models()) {
    for (const StackModel& stack : each.stacks) {
      ++stacks;
      for (const ExportName& contract : stack.exports) exported.push_back(contract.pattern);
    }
  }
  if (stacks < 2) return;
  std::vector<std::string> ends;
  for (const std::string& pattern : exported) ends.push_back(fixed_end(pattern));
  for (const StackModel& stack : model.stacks) {
    for (const ExportName& import : stack.imports) {
      if (fixed_end(import.pattern).empty()) continue;
      if (std::any_of(exported.begin(), exported.end(),
                      [&](const std::string& pattern) { return may_match(pattern, import.pattern); })) {
        continue;
      }
      const std::string near = nearest_name(fixed_end(import.pattern), ends);
      if (near.empty() == near_misses) continue;
      judge.find(import.where, "Fn::ImportValue",
                 near_misses
                     ? format("imports \"{}\"; no template exports it, one exports \"*{}\"", import.pattern, near)
                     : format("imports \"{}\", which no template given exports", import.pattern));
    }
  }
}

constexpr std::string_view kImport = "CloudFormation Template Reference, Fn::ImportValue";

constexpr Rule kRules[] = {
    {"reference-dangling", Level::kError, "What is referred to is declared", "declare it, or correct the name",
     "CloudFormation Template Reference, Ref", check_dangling},
    {"reference-literal", Level::kWarning, "A resource is referred to, not named by its logical name", "write !Ref",
     "CloudFormation User Guide, Resources section: logical and physical id", check_literal},
    {"reference-conditional", Level::kError, "What is referred to is made whenever the reference is",
     "put the reference under the same condition", "CloudFormation User Guide, Conditions section", check_conditional},
    {"reference-cycle", Level::kError, "Resources don't wait for each other in a circle",
     "move a rule of a security group into AWS::EC2::SecurityGroupIngress, or break the circle otherwise",
     "AWS re:Post, Circular dependency between resources in CloudFormation", check_cycle},
    {"import-near", Level::kError, "An import has the name of the export, to the letter", "use one name for both",
     kImport, [](const Model& model, Judge& judge) { check_imports(model, judge, true); }},
    {"import-missing", Level::kWarning, "An import has an export in the templates that are given together",
     "add that template, or deploy the stack that exports it first", kImport,
     [](const Model& model, Judge& judge) { check_imports(model, judge, false); }},
};

}  // namespace

std::span<const Rule> reference_rules() { return kRules; }

}  // namespace trireme::cloud
