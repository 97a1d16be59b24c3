#include "trireme/cloud/lower/entry.h"

#include <charconv>
#include <cmath>

#include "trireme/config/access.h"

namespace trireme::cloud {

namespace {

constexpr std::string_view kUnknown = "unknown";

template <class T>
std::optional<T> parsed(const std::string& text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return number;
}

constexpr std::string_view kDeclared = "Ref";
constexpr std::string_view kImported = "Fn::ImportValue";

/// The name in {key: name}; null when the value is no such table.
const std::string* named_by(std::string_view key, const config::Value& value) {
  const auto* table = std::get_if<config::Table>(&value.data);
  if (table == nullptr || table->size() != 1 || table->front().key != key) return nullptr;
  return std::get_if<std::string>(&table->front().value.data);
}

bool is_link(const config::Value& value) {
  return named_by(kDeclared, value) != nullptr || named_by(kImported, value) != nullptr;
}

std::optional<std::string> text_of(const config::Value& value) {
  const std::string* text = config::as_text(&value);
  if (text != nullptr) return *text;
  if (const auto* integer = std::get_if<int64_t>(&value.data)) return std::to_string(*integer);
  return std::nullopt;
}

std::optional<int64_t> integer_of(const config::Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value.data)) return *integer;
  if (const auto* number = std::get_if<double>(&value.data)) {
    if (std::floor(*number) == *number && std::abs(*number) < 1e15) return static_cast<int64_t>(*number);
    return std::nullopt;
  }
  const auto* text = std::get_if<std::string>(&value.data);
  return text == nullptr ? std::nullopt : parsed<int64_t>(*text);
}

std::optional<double> number_of(const config::Value& value) {
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  if (const auto* integer = std::get_if<int64_t>(&value.data)) return static_cast<double>(*integer);
  const auto* text = std::get_if<std::string>(&value.data);
  return text == nullptr ? std::nullopt : parsed<double>(*text);
}

std::optional<bool> boolean_of(const config::Value& value) {
  if (const auto* boolean = std::get_if<bool>(&value.data)) return *boolean;
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) return std::nullopt;
  if (*text == "true" || *text == "True") return true;
  if (*text == "false" || *text == "False") return false;
  return std::nullopt;
}

std::optional<Link> link_of(const config::Value& value) {
  if (const std::string* name = named_by(kDeclared, value)) return Link{*name, true, false};
  if (const std::string* name = named_by(kImported, value)) return Link{*name, false, true};
  if (const auto text = text_of(value)) return Link{*text, false, false};
  return std::nullopt;
}

}  // namespace

config::Value unknown_value(const SourceLocation& where) {
  return {config::OtherValue{std::string(kUnknown)}, where, {}};
}

bool is_unknown(const config::Value& value) {
  const auto* other = std::get_if<config::OtherValue>(&value.data);
  return other != nullptr && other->kind == kUnknown;
}

Entry Entry::operator[](std::string_view key) const {
  Entry found;
  found.where_ = where_;
  found.unknown_ = unknown();
  const config::Table* const entries = table();
  // A reference says nothing of what it points at.
  if (value_ != nullptr && is_link(*value_)) found.unknown_ = true;
  if (found.unknown_ || entries == nullptr) return found;
  for (const config::Member& member : *entries) {
    if (member.key != key) continue;
    if (std::holds_alternative<config::Null>(member.value.data)) break;
    found = Entry(member.value);
    // A block begins below its key, which is what people look for.
    const bool block = found.table() != nullptr || std::holds_alternative<config::Array>(member.value.data);
    if (block && member.where.line > 0) found.where_ = member.where;
    break;
  }
  return found;
}

std::vector<Entry> Entry::items() const {
  if (!given()) return {};
  const auto* array = std::get_if<config::Array>(&value_->data);
  if (array == nullptr) return {*this};
  std::vector<Entry> entries;
  for (const config::Value& value : *array) entries.emplace_back(value);
  return entries;
}

const config::Table* Entry::table() const { return config::as_table(value_); }

template <class T, class Convert>
Fact<T> Entry::fact(Convert convert) const {
  Fact<T> result;
  result.where = where_;
  result.unknown = unknown();
  if (given()) result.value = convert(*value_);
  // A value of another type is somebody else's finding: nothing is known of it here.
  if (given() && !result.value) result.unknown = true;
  return result;
}

template <class T, class Read>
Facts<T> Entry::list(Read read) const {
  Facts<T> result;
  result.where = where_;
  result.complete = !unknown();
  for (const Entry& entry : items()) {
    Fact<T> item = read(entry);
    if (item) {
      result.items.push_back(std::move(item));
    } else {
      result.complete = false;
    }
  }
  return result;
}

Text Entry::text() const { return fact<std::string>(text_of); }
Fact<int64_t> Entry::integer() const { return fact<int64_t>(integer_of); }
Fact<double> Entry::number() const { return fact<double>(number_of); }
Fact<bool> Entry::boolean() const { return fact<bool>(boolean_of); }
Fact<Link> Entry::link() const { return fact<Link>(link_of); }
Facts<std::string> Entry::texts() const {
  return list<std::string>([](const Entry& entry) { return entry.text(); });
}
Facts<Link> Entry::links() const {
  return list<Link>([](const Entry& entry) { return entry.link(); });
}

}  // namespace trireme::cloud
