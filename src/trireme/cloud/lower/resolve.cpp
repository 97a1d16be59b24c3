#include "trireme/cloud/lower/resolve.h"

#include <algorithm>
#include <array>

#include "trireme/cloud/lower/entry.h"
#include "trireme/config/access.h"

namespace trireme::cloud {

namespace {

using config::Array;
using config::Table;
using config::Value;

Value text_value(std::string text, const SourceLocation& where) { return {std::move(text), where, {}}; }

bool same(const Value& a, const Value& b) {
  if (a.data.index() != b.data.index()) return false;
  if (const auto* table = std::get_if<Table>(&a.data)) {
    const Table& other = std::get<Table>(b.data);
    return table->size() == other.size() &&
           std::equal(table->begin(), table->end(), other.begin(), [](const auto& left, const auto& right) {
             return left.key == right.key && same(left.value, right.value);
           });
  }
  if (const auto* array = std::get_if<Array>(&a.data)) {
    const Array& other = std::get<Array>(b.data);
    return array->size() == other.size() && std::equal(array->begin(), array->end(), other.begin(), same);
  }
  if (const auto* text = std::get_if<std::string>(&a.data)) return *text == std::get<std::string>(b.data);
  if (const auto* integer = std::get_if<int64_t>(&a.data)) return *integer == std::get<int64_t>(b.data);
  if (const auto* number = std::get_if<double>(&a.data)) return *number == std::get<double>(b.data);
  if (const auto* boolean = std::get_if<bool>(&a.data)) return *boolean == std::get<bool>(b.data);
  return std::holds_alternative<config::Null>(a.data);
}

/// Attributes that are the identity of their resource, as Ref is of most.
bool is_identity(std::string_view attribute) {
  constexpr std::array<std::string_view, 7> kIdentities = {
      "GroupId", "AllocationId", "VpcId", "SubnetId", "RouteTableId", "VolumeId", "LaunchTemplateId"};
  return std::find(kIdentities.begin(), kIdentities.end(), attribute) != kIdentities.end();
}

Array split_text(const std::string& text, const std::string& separator, const SourceLocation& where) {
  Array parts;
  size_t begin = 0;
  while (true) {
    const size_t end = separator.empty() ? std::string::npos : text.find(separator, begin);
    std::string part = text.substr(begin, end == std::string::npos ? end : end - begin);
    part.erase(0, part.find_first_not_of(' '));
    parts.push_back(text_value(std::move(part), where));
    if (end == std::string::npos) return parts;
    begin = end + separator.size();
  }
}

}  // namespace

Intrinsic as_intrinsic(const Value& value) {
  const Table* table = config::as_table(&value);
  if (table == nullptr || table->size() != 1) return {};
  const std::string& key = table->front().key;
  if (key != "Ref" && key != "Condition" && key.rfind("Fn::", 0) != 0) return {};
  return {&key, &table->front().value};
}

std::vector<SubPiece> sub_pieces(const std::string& text) {
  std::vector<SubPiece> pieces;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t open = text.find("${", begin);
    const size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) {
      pieces.push_back({text.substr(begin)});
      break;
    }
    if (open > begin) pieces.push_back({text.substr(begin, open - begin)});
    const std::string name = text.substr(open + 2, close - open - 2);
    pieces.push_back(name.rfind('!', 0) == 0 ? SubPiece{"${" + name.substr(1) + "}"} : SubPiece{name, true});
    begin = close + 1;
  }
  return pieces;
}

std::pair<std::string, std::string> split_attribute_name(const std::string& text) {
  const size_t dot = text.find('.');
  if (dot == std::string::npos) return {text, {}};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

Resolver::Resolver(const Table& root, std::map<std::string, std::string> given)
    : root_(root), given_(std::move(given)) {}

bool Resolver::is_resource(const std::string& name) const {
  const Table* resources = config::as_table(config::find(root_, "Resources"));
  return resources != nullptr && config::find(*resources, name) != nullptr;
}

Value Resolver::resolve(const Value& value) const {
  if (const Intrinsic intrinsic = as_intrinsic(value)) {
    return function(*intrinsic.name, *intrinsic.argument, value.where);
  }
  if (const Table* table = config::as_table(&value)) {
    Table resolved;
    for (const config::Member& member : *table) {
      Value part = resolve(member.value);
      if (!std::holds_alternative<config::Null>(part.data)) resolved.push_back({member.key, member.where, part});
    }
    return {std::move(resolved), value.where, {}};
  }
  if (const Array* array = config::as_array(&value)) {
    Array resolved;
    for (const Value& item : *array) {
      Value part = resolve(item);
      if (!std::holds_alternative<config::Null>(part.data)) resolved.push_back(std::move(part));
    }
    return {std::move(resolved), value.where, {}};
  }
  return value;
}

Value Resolver::function(const std::string& name, const Value& argument, const SourceLocation& where) const {
  if (name == "Ref") {
    const std::string* text = config::as_text(&argument);
    return text == nullptr ? unknown_value(where) : reference(*text, where);
  }
  if (name == "Fn::GetAtt") return attribute(argument, where);
  if (name == "Fn::Sub") return substitute(argument, where);
  if (name == "Fn::Join") return join(argument, where);
  if (name == "Fn::Select") return select(argument, where);
  if (name == "Fn::Split") return split(argument, where);
  if (name == "Fn::FindInMap") return find_in_map(argument, where);
  if (name == "Fn::Base64") return resolve(argument);
  if (name == "Fn::ImportValue") return {Table{{name, where, text_value(pattern(argument), where)}}, where, {}};
  if (name == "Fn::If") {
    const Array* parts = config::as_array(&argument);
    if (parts == nullptr || parts->size() != 3) return unknown_value(where);
    Value first = resolve((*parts)[1]);
    return same(first, resolve((*parts)[2])) ? first : unknown_value(where);
  }
  return unknown_value(where);
}

Value Resolver::reference(const std::string& name, const SourceLocation& where) const {
  if (name == "AWS::NoValue") return {config::Null{}, where, {}};
  if (is_resource(name)) return {Table{{"Ref", where, text_value(name, where)}}, where, {}};
  const Table* parameters = config::as_table(config::find(root_, "Parameters"));
  const Value* parameter = parameters == nullptr ? nullptr : config::find(*parameters, name);
  if (parameter == nullptr) return unknown_value(where);
  const Entry declared(*parameter);
  const std::string type = declared["Type"].text().value.value_or("String");
  const auto set = given_.find(name);
  std::string text = set != given_.end() ? set->second : declared["Default"].text().value.value_or("");
  // What an SSM parameter holds is not in the template.
  if (text.empty() || type.rfind("AWS::SSM::Parameter::", 0) == 0) return unknown_value(where);
  if (type == "CommaDelimitedList" || type.rfind("List<", 0) == 0) return {split_text(text, ",", where), where, {}};
  return text_value(std::move(text), where);
}

bool Resolver::is_optional(const Value& value) const {
  const Intrinsic intrinsic = as_intrinsic(value);
  const std::string* name = intrinsic && *intrinsic.name == "Ref" ? config::as_text(intrinsic.argument) : nullptr;
  const Table* parameters = config::as_table(config::find(root_, "Parameters"));
  const Value* parameter = name == nullptr || parameters == nullptr ? nullptr : config::find(*parameters, *name);
  return parameter != nullptr && given_.count(*name) == 0 && Entry(*parameter)["Default"].text().is("");
}

Value Resolver::attribute(const Value& argument, const SourceLocation& where) const {
  std::string name, attribute;
  if (const Array* parts = config::as_array(&argument); parts != nullptr && parts->size() == 2) {
    const std::string* first = config::as_text(&(*parts)[0]);
    const std::string* second = config::as_text(&(*parts)[1]);
    if (first != nullptr && second != nullptr) name = *first, attribute = *second;
  } else if (const std::string* text = config::as_text(&argument)) {
    std::tie(name, attribute) = split_attribute_name(*text);
  }
  if (!is_resource(name) || !is_identity(attribute)) return unknown_value(where);
  return {Table{{"Ref", where, text_value(name, where)}}, where, {}};
}

Value Resolver::substitute(const Value& argument, const SourceLocation& where) const {
  const Array* parts = config::as_array(&argument);
  const std::string* text = config::as_text(parts != nullptr && !parts->empty() ? &parts->front() : &argument);
  const Table* names = parts != nullptr && parts->size() == 2 ? config::as_table(&(*parts)[1]) : nullptr;
  if (text == nullptr) return unknown_value(where);
  const std::vector<SubPiece> pieces = sub_pieces(*text);
  // "${Resource}" alone is that resource.
  std::string whole;
  for (const SubPiece& piece : pieces) {
    if (!piece.is_name) {
      whole += piece.text;
      continue;
    }
    const Value* own = names == nullptr ? nullptr : config::find(*names, piece.text);
    const auto [name, attribute_name] = split_attribute_name(piece.text);
    Value value = own != nullptr           ? resolve(*own)
                  : attribute_name.empty() ? reference(name, where)
                                           : unknown_value(where);
    if (pieces.size() == 1) return value;
    const auto part = Entry(value).text();
    if (!part) return unknown_value(where);
    whole += *part;
  }
  return text_value(std::move(whole), where);
}

Value Resolver::join(const Value& argument, const SourceLocation& where) const {
  const Array* parts = config::as_array(&argument);
  if (parts == nullptr || parts->size() != 2) return unknown_value(where);
  const std::string* separator = config::as_text(&parts->front());
  const Value list = resolve((*parts)[1]);
  const Facts<std::string> texts = Entry(list).texts();
  if (separator == nullptr || !texts.complete) return unknown_value(where);
  std::string whole;
  for (size_t i = 0; i < texts.items.size(); ++i) whole += (i == 0 ? "" : *separator) + *texts.items[i];
  return text_value(std::move(whole), where);
}

Value Resolver::select(const Value& argument, const SourceLocation& where) const {
  const Array* parts = config::as_array(&argument);
  if (parts == nullptr || parts->size() != 2) return unknown_value(where);
  const Value index_value = resolve(parts->front());
  const Value list = resolve((*parts)[1]);
  const auto index = Entry(index_value).integer();
  const Array* items = config::as_array(&list);
  if (!index || items == nullptr || *index < 0 || static_cast<size_t>(*index) >= items->size()) {
    return unknown_value(where);
  }
  Value chosen = (*items)[static_cast<size_t>(*index)];
  chosen.where = where;
  return chosen;
}

Value Resolver::split(const Value& argument, const SourceLocation& where) const {
  const Array* parts = config::as_array(&argument);
  if (parts == nullptr || parts->size() != 2) return unknown_value(where);
  const std::string* separator = config::as_text(&parts->front());
  const Value source = resolve((*parts)[1]);
  const auto text = Entry(source).text();
  if (separator == nullptr || !text) return unknown_value(where);
  return {split_text(*text, *separator, where), where, {}};
}

Value Resolver::find_in_map(const Value& argument, const SourceLocation& where) const {
  const Array* parts = config::as_array(&argument);
  if (parts == nullptr || parts->size() < 3) return unknown_value(where);
  const Table* level = config::as_table(config::find(root_, "Mappings"));
  for (size_t i = 0; i < 3; ++i) {
    const Value key_value = resolve((*parts)[i]);
    const auto key = Entry(key_value).text();
    const Value* next = level == nullptr || !key ? nullptr : config::find(*level, *key);
    if (next == nullptr) return unknown_value(where);
    if (i == 2) return {next->data, where, next->unquoted};
    level = config::as_table(next);
  }
  return unknown_value(where);
}

std::vector<Value> Resolver::outcomes(const Value& value) const {
  const Intrinsic intrinsic = as_intrinsic(value);
  const Array* parts = intrinsic && *intrinsic.name == "Fn::If" ? config::as_array(intrinsic.argument) : nullptr;
  if (parts == nullptr || parts->size() != 3) {
    Value resolved = resolve(value);
    if (std::holds_alternative<config::Null>(resolved.data)) return {};
    return {std::move(resolved)};
  }
  std::vector<Value> all = outcomes((*parts)[1]);
  for (Value& other : outcomes((*parts)[2])) all.push_back(std::move(other));
  return all;
}

std::string Resolver::pattern(const Value& value) const {
  if (const std::string* text = config::as_text(&value)) return *text;
  const Intrinsic intrinsic = as_intrinsic(value);
  if (!intrinsic) return "*";
  if (*intrinsic.name == "Fn::Sub") {
    const Array* parts = config::as_array(intrinsic.argument);
    const std::string* text =
        config::as_text(parts != nullptr && !parts->empty() ? &parts->front() : intrinsic.argument);
    if (text == nullptr) return "*";
    std::string whole;
    for (const SubPiece& piece : sub_pieces(*text)) {
      const auto set = piece.is_name ? given_.find(piece.text) : given_.end();
      whole += !piece.is_name ? piece.text : set != given_.end() ? set->second : "*";
    }
    return whole;
  }
  if (*intrinsic.name == "Fn::Join") {
    const Array* parts = config::as_array(intrinsic.argument);
    const Array* items = parts != nullptr && parts->size() == 2 ? config::as_array(&(*parts)[1]) : nullptr;
    const std::string* separator = items == nullptr ? nullptr : config::as_text(&parts->front());
    if (separator == nullptr) return "*";
    std::string whole;
    for (size_t i = 0; i < items->size(); ++i) whole += (i == 0 ? "" : *separator) + pattern((*items)[i]);
    return whole;
  }
  const std::string* name = *intrinsic.name == "Ref" ? config::as_text(intrinsic.argument) : nullptr;
  const auto set = name == nullptr ? given_.end() : given_.find(*name);
  return set == given_.end() ? "*" : set->second;
}

}  // namespace trireme::cloud
