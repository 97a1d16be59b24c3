#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "trireme/cloud/template/text.h"

namespace trireme::cloud {

class Value;
struct Member;
using List = std::vector<Value>;
using Map = std::vector<Member>;  // keys in the order they are written

/// What templates are made of. Built bottom up, never parsed: files that others wrote are config::Value.
class Value {
 public:
  Value(bool flag) : data_(flag) {}                          // NOLINT(google-explicit-constructor)
  Value(int number) : data_(int64_t{number}) {}              // NOLINT(google-explicit-constructor)
  Value(int64_t number) : data_(number) {}                   // NOLINT(google-explicit-constructor)
  Value(double number) : data_(number) {}                    // NOLINT(google-explicit-constructor)
  Value(const char* text) : data_(Text(text)) {}             // NOLINT(google-explicit-constructor)
  Value(std::string text) : data_(Text(std::move(text))) {}  // NOLINT(google-explicit-constructor)
  Value(Text text) : data_(std::move(text)) {}               // NOLINT(google-explicit-constructor)
  Value(List list) : data_(std::move(list)) {}               // NOLINT(google-explicit-constructor)
  Value(Map map) : data_(std::move(map)) {}                  // NOLINT(google-explicit-constructor)

  using Data = std::variant<bool, int64_t, double, Text, List, Map>;
  const Data& data() const { return data_; }

 private:
  Data data_;
};

struct Member {
  std::string key;
  Value value;
};

/// Calls `visit` with every text below `value`, keys excepted.
template <class Visitor>
void for_each_text(const Value& value, const Visitor& visit) {
  if (const auto* text = std::get_if<Text>(&value.data())) visit(*text);
  if (const auto* list = std::get_if<List>(&value.data())) {
    for (const Value& item : *list) for_each_text(item, visit);
  }
  if (const auto* map = std::get_if<Map>(&value.data())) {
    for (const Member& member : *map) for_each_text(member.value, visit);
  }
}

/// `items` converted one by one.
template <class Range>
List list_of(const Range& items) {
  List list;
  for (const auto& item : items) list.emplace_back(item);
  return list;
}

}  // namespace trireme::cloud
