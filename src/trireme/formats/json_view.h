#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace trireme::formats {

template <class Item>
class JsonItems;
struct JsonMember;

/// A JSON value as the text that it is written in, which was checked and must outlive it. A tree of values would take
/// tens of bytes to one of a file; of a view, only what its reader makes of it takes memory.
class JsonView {
 public:
  /// null
  JsonView() = default;
  /// Checks the whole of `text` (RFC 8259, UTF-8, limited depth). Throws FormatError with `source`, line and column.
  JsonView(std::string_view text, const std::string& source);

  /// As it is written.
  std::string_view text() const { return text_; }
  /// The same for messages: cut when it is long.
  std::string shown() const;

  bool is_null() const { return text_[0] == 'n'; }
  bool is_boolean() const { return text_[0] == 't' || text_[0] == 'f'; }
  bool is_true() const { return text_[0] == 't'; }
  bool is_string() const { return text_[0] == '"'; }
  bool is_array() const { return text_[0] == '['; }
  bool is_object() const { return text_[0] == '{'; }
  bool is_number() const { return text_[0] == '-' || (text_[0] >= '0' && text_[0] <= '9'); }
  /// Of any size.
  bool is_integer() const { return is_number() && text_.find_first_of(".eE") == text_.npos; }

  /// Nothing for what is no whole number of 64 bits.
  std::optional<int64_t> integer() const;
  /// REQUIRES: a number.
  double number() const;
  /// REQUIRES: a string.
  std::string string() const;
  /// Whether it is a string that says `text`.
  bool says(std::string_view text) const;

  /// The elements, in order. REQUIRES: an array.
  JsonItems<JsonView> elements() const;
  /// The members, in order. REQUIRES: an object.
  JsonItems<JsonMember> members() const;
  /// Both elements of an array that has just two.
  std::optional<std::pair<JsonView, JsonView>> pair() const;
  /// Elements or members; 0 for any other value. Like find, it passes over the text.
  size_t size() const;
  /// The same, but no more than values of `least_bytes` each could be: what to reserve before they are looked at.
  size_t size_if_each_has(size_t least_bytes) const { return std::min(size(), text_.size() / least_bytes); }
  /// The member's value; of a key that is there twice, the last one. Nothing in what is no object.
  std::optional<JsonView> find(std::string_view key) const;
  /// Calls take(part) for each part of the text; joined they are the value without the blanks between its tokens.
  void for_each_dense_part(const std::function<void(std::string_view)>& take) const;

 private:
  template <class Item>
  friend class JsonItems;

  explicit JsonView(std::string_view checked) : text_(checked) {}
  /// The next value of what lies between brackets, which is dropped from `rest`; nothing at the end.
  static std::optional<JsonView> take(std::string_view& rest);
  std::string_view inside() const { return text_.substr(1, text_.size() - 2); }

  std::string_view text_ = "null";
};

struct JsonMember {
  JsonView key;  // a string
  JsonView value;
};

/// What an array or an object holds, for a range-based for.
template <class Item>
class JsonItems {
 public:
  class Iterator {
   public:
    explicit Iterator(std::string_view rest) : rest_(rest) { ++*this; }
    const Item& operator*() const { return item_; }
    bool operator==(std::default_sentinel_t) const { return at_end_; }
    Iterator& operator++();

   private:
    std::string_view rest_;
    Item item_;
    bool at_end_ = false;
  };

  explicit JsonItems(std::string_view inside) : inside_(inside) {}
  Iterator begin() const { return Iterator(inside_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view inside_;
};

template <class Item>
typename JsonItems<Item>::Iterator& JsonItems<Item>::Iterator::operator++() {
  const std::optional<JsonView> first = JsonView::take(rest_);
  at_end_ = !first;
  if (at_end_) return *this;
  if constexpr (std::is_same_v<Item, JsonMember>) {
    item_ = {*first, *JsonView::take(rest_)};
  } else {
    item_ = *first;
  }
  return *this;
}

inline JsonItems<JsonView> JsonView::elements() const { return JsonItems<JsonView>(inside()); }
inline JsonItems<JsonMember> JsonView::members() const { return JsonItems<JsonMember>(inside()); }

}  // namespace trireme::formats
