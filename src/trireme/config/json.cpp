#include "trireme/config/json.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "trireme/config/source_text.h"
#include "trireme/config/tree_builder.h"
#include "trireme/core/format.h"

namespace trireme::config {

namespace {

const std::string kNumberRemedy = "quote it if it is a name";

/// Reads a text and leaves in `*read` how much of it has been read.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, size_t* read) : at_(at), read_(read) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*read_;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  size_t* read_;
};

/// nlohmann's parser gives no places. But it calls as soon as it has read a token (and, of a number, the letter
/// behind it), and between two tokens there are only blanks, commas and colons.
class Events : public nlohmann::json_sax<nlohmann::json> {
 public:
  Events(std::string_view text, const std::string& name, const size_t& read, TreeBuilder& builder)
      : text_(text), places_(text, name), read_(read), builder_(builder) {}

  bool null() override { return scalar(Null{}, false); }
  bool boolean(bool value) override { return scalar(value, true); }
  bool number_integer(number_integer_t value) override { return scalar(value, true); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      return refuse_integer(std::to_string(value));
    return scalar(static_cast<int64_t>(value), true);
  }
  bool number_float(number_float_t value, const string_t& text) override {
    // An integer that fits no 64 bits comes as a float.
    return text.find_first_of(".eE") == std::string::npos ? refuse_integer(text) : scalar(value, true);
  }
  bool string(string_t& value) override { return scalar(std::move(value), false); }
  bool key(string_t& value) override { return scalar(std::move(value), false); }
  bool binary(binary_t&) override { return false; }  // not of text
  bool start_object(size_t) override { return open(Table{}); }
  bool end_object() override { return close(); }
  bool start_array(size_t) override { return open(Array{}); }
  bool end_array() override { return close(); }

  bool parse_error(size_t position, const std::string& token, const nlohmann::json::exception& problem) override {
    constexpr int kNumberOverflow = 406;
    if (problem.id == kNumberOverflow) builder_.stop(places_.at(begin_token()), too_large(token), kNumberRemedy);
    const std::string text = problem.what();  // "[json.exception.parse_error.101] parse error at line 1, …: reason"
    const SourceLocation where = places_.at(position == 0 ? 0 : position - 1);
    builder_.stop(where, "not valid JSON: " + text.substr(text.find(": ") + 2), "");
  }

 private:
  /// Where the token begins that has just been read.
  size_t begin_token() {
    const size_t begin = std::min(text_.find_first_not_of(" \t\r\n,:", end_), text_.size());
    end_ = read_;
    return begin;
  }
  bool scalar(Value::Data data, bool bare) {
    const size_t begin = begin_token();
    std::string unquoted;
    if (bare) unquoted = text_.substr(begin, text_.find_first_of(" \t\r\n,]}", begin) - begin);
    builder_.scalar({std::move(data), places_.at(begin), std::move(unquoted)});
    return true;
  }
  static std::string too_large(const std::string& number) { return format("number {} does not fit 64 bits", number); }
  bool refuse_integer(const std::string& number) {
    const SourceLocation where = places_.at(begin_token());
    builder_.report(where, too_large(number), kNumberRemedy);
    builder_.scalar({Null{}, where, {}});
    return true;
  }
  bool open(Value::Data empty) {
    builder_.open({std::move(empty), places_.at(begin_token()), {}});
    return true;
  }
  bool close() {
    end_ = read_;
    builder_.close();
    return true;
  }

  std::string_view text_;
  Places places_;
  const size_t& read_;
  TreeBuilder& builder_;
  size_t end_ = 0;  // of the token before
};

}  // namespace

std::optional<Value> parse_json(const std::string& text, const std::string& name, Diagnostics& diagnostics) {
  const std::string_view body = without_byte_order_mark(text);
  if (!check_text(body, name, diagnostics)) return std::nullopt;
  Diagnostics findings;
  TreeBuilder builder(findings);
  size_t read = 0;
  Events events(body, name, read, builder);
  const char* begin = body.data();
  try {
    nlohmann::json::sax_parse(CountingIterator(begin, &read), CountingIterator(begin + body.size(), &read), &events);
  } catch (const TreeBuilder::Stop&) {
    // The finding says why.
  }
  diagnostics.append(findings);
  if (findings.has_errors()) return std::nullopt;
  return builder.take();
}

}  // namespace trireme::config
