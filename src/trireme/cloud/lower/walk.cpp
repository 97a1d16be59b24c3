#include "trireme/cloud/lower/walk.h"

#include <algorithm>

#include "trireme/cloud/lower/entry.h"
#include "trireme/config/access.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

using config::Value;

/// Says of a thing that it is wanted: CreatePlacementGroup.
bool promises(const std::string& parameter) {
  for (const char* word : {"Create", "Enable", "Use", "Add", "Deploy"}) {
    if (parameter.rfind(word, 0) == 0) return true;
  }
  return false;
}

bool is_no_value(const Value& value) {
  const Intrinsic intrinsic = as_intrinsic(value);
  const std::string* name = intrinsic && *intrinsic.name == "Ref" ? config::as_text(intrinsic.argument) : nullptr;
  return name != nullptr && *name == "AWS::NoValue";
}

class Walker {
 public:
  Walker(const config::Table& root, const Resolver& resolver, const Conditions& conditions, StackModel& stack)
      : root_(root), resolver_(resolver), conditions_(conditions), stack_(stack) {}

  void run() {
    for (const config::Member& member : section("Resources")) walk_resource(member);
    for (const config::Member& member : section("Outputs")) walk_output(member);
    for (const config::Member& member : section("Conditions")) walk(member.value, "Conditions." + member.key);
    for (const config::Member& member : section("Rules")) walk(member.value, "Rules." + member.key);
  }

 private:
  const config::Table& section(std::string_view name) const {
    static const config::Table kNone;
    const config::Table* table = config::as_table(config::find(root_, name));
    return table == nullptr ? kNone : *table;
  }

  void guard_by(const Entry& owner) {
    guards_.clear();
    const Text condition = owner["Condition"].text();
    if (!condition) return;
    refer(*condition, Mention::Kind::kCondition, condition.where);
    guards_.emplace_back(*condition, true);
  }

  void walk_resource(const config::Member& member) {
    const Entry resource(member.value);
    from_ = member.key;
    guard_by(resource);
    for (const Text& name : resource["DependsOn"].texts().items) {
      // A resource that is not made is not waited for.
      stack_.references.push_back({*name, Mention::Kind::kResource, name.where, from_, {}});
      stack_.resources[from_].depends.insert(*name);
      stack_.resources[from_].ordered_after.insert(*name);
    }
    for (const char* part : {"Properties", "CreationPolicy", "UpdatePolicy"}) {
      if (const Value* value = resource[part].value()) walk(*value, part);
    }
    from_.clear();
  }

  void walk_output(const config::Member& member) {
    const Entry output(member.value);
    guard_by(output);
    if (const Value* value = output["Value"].value()) walk(*value, "Outputs." + member.key);
    if (const Value* name = output["Export"]["Name"].value()) {
      const Value* value = output["Value"].value();
      const Value resolved = value == nullptr ? unknown_value(name->where) : resolver_.resolve(*value);
      stack_.exports.push_back({resolver_.pattern(*name), name->where, Entry(resolved).link()});
      walk(*name, "Outputs." + member.key + ".Export");
    }
  }

  void walk(const Value& value, const std::string& path) {
    if (const Intrinsic intrinsic = as_intrinsic(value)) return walk_function(*intrinsic.name, value, path);
    if (const config::Table* table = config::as_table(&value)) {
      for (const config::Member& member : *table) walk(member.value, path + "." + member.key);
    } else if (const config::Array* array = config::as_array(&value)) {
      for (const Value& item : *array) walk(item, path);
    } else if (const std::string* text = config::as_text(&value)) {
      stack_.literals.push_back({from_, path, {*text, value.where, false}});
    }
  }

  void walk_function(const std::string& name, const Value& value, const std::string& path) {
    const Value& argument = *as_intrinsic(value).argument;
    const std::string* text = config::as_text(&argument);
    const config::Array* parts = config::as_array(&argument);
    if (name == "Ref" || name == "Fn::GetAtt") {
      const std::string* target = text != nullptr                       ? text
                                  : parts != nullptr && !parts->empty() ? config::as_text(&parts->front())
                                                                        : nullptr;
      if (target == nullptr) return;
      const auto kind = name == "Ref" ? Mention::Kind::kName : Mention::Kind::kResource;
      refer(name == "Ref" ? *target : split_attribute_name(*target).first, kind, value.where);
    } else if (name == "Condition") {
      if (text != nullptr) refer(*text, Mention::Kind::kCondition, value.where);
    } else if (name == "Fn::Sub") {
      walk_sub(argument, path);
    } else if (name == "Fn::If" && parts != nullptr && parts->size() == 3) {
      walk_if(*parts, path, value.where);
    } else {
      if (name == "Fn::ImportValue") stack_.imports.push_back({resolver_.pattern(argument), value.where});
      if (name == "Fn::Select" && parts != nullptr && parts->size() == 2) note_selection(*parts, value.where);
      walk(argument, path);
    }
  }

  void walk_sub(const Value& argument, const std::string& path) {
    const config::Array* parts = config::as_array(&argument);
    const Value& text_value = parts != nullptr && !parts->empty() ? parts->front() : argument;
    const std::string* text = config::as_text(&text_value);
    if (text == nullptr) return;
    const config::Table* own = parts != nullptr && parts->size() == 2 ? config::as_table(&(*parts)[1]) : nullptr;
    for (const SubPiece& piece : sub_pieces(*text)) {
      const auto [target, attribute] = split_attribute_name(piece.text);
      if (!piece.is_name || (own != nullptr && config::find(*own, piece.text) != nullptr)) continue;
      refer(target, attribute.empty() ? Mention::Kind::kName : Mention::Kind::kResource, text_value.where);
    }
    stack_.literals.push_back({from_, path, {*text, text_value.where, false}});
    if (own != nullptr) walk((*parts)[1], path);
  }

  void walk_if(const config::Array& parts, const std::string& path, const SourceLocation& where) {
    const std::string* condition = config::as_text(&parts[0]);
    if (condition == nullptr) return;
    refer(*condition, Mention::Kind::kCondition, where);
    note_inversion(*condition, parts, path, where);
    for (const bool holds : {true, false}) {
      guards_.emplace_back(*condition, holds);
      walk(parts[holds ? 1 : 2], path);
      guards_.pop_back();
    }
  }

  /// Asking for a thing leaves it out, and not asking puts it in.
  void note_inversion(const std::string& condition, const config::Array& parts, const std::string& path,
                      const SourceLocation& where) {
    if (is_no_value(parts[1]) == is_no_value(parts[2])) return;
    const std::string parameter = conditions_.only_parameter(condition);
    if (!promises(parameter)) return;
    const auto asked = conditions_.evaluate(condition, {{parameter, "true"}});
    const auto declined = conditions_.evaluate(condition, {{parameter, "false"}});
    if (!asked || !declined || *asked == *declined) return;
    if (is_no_value(parts[*asked ? 1 : 2])) {
      stack_.inverted.push_back({parameter, condition, (from_.empty() ? "" : from_ + ".") + path, where});
    }
  }

  void note_selection(const config::Array& parts, const SourceLocation& where) {
    const auto index = Entry(parts[0]).integer();
    const Intrinsic list = as_intrinsic(parts[1]);
    const std::string* name = list && *list.name == "Ref" ? config::as_text(list.argument) : nullptr;
    if (index && name != nullptr) stack_.selections.push_back({*name, *index, where});
  }

  void refer(const std::string& name, Mention::Kind kind, const SourceLocation& where) {
    if (name.rfind("AWS::", 0) == 0) return;
    Mention reference{name, kind, where, from_, {}};
    const auto resource = stack_.resources.find(name);
    if (resource != stack_.resources.end() && kind != Mention::Kind::kCondition) {
      if (!from_.empty()) stack_.resources[from_].depends.insert(name);
      const Value* declared = config::find(section("Resources"), name);
      const Text condition = Entry(*declared)["Condition"].text();
      if (condition) reference.missing_when = conditions_.counterexample(guards_, *condition);
    }
    for (Parameter& parameter : stack_.parameters) {
      if (parameter.name == name && kind == Mention::Kind::kName) parameter.used = true;
    }
    stack_.references.push_back(std::move(reference));
  }

  const config::Table& root_;
  const Resolver& resolver_;
  const Conditions& conditions_;
  StackModel& stack_;
  std::string from_;
  std::vector<Conditions::Guard> guards_;
};

}  // namespace

void walk_template(const config::Table& root, const Resolver& resolver, const Conditions& conditions,
                   StackModel& stack) {
  Walker(root, resolver, conditions, stack).run();
}

}  // namespace trireme::cloud
