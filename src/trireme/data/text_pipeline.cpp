#include "trireme/data/text_pipeline.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "trireme/core/error.h"

namespace trireme::data {

namespace {

/// Keeps of a JSON object the string under one key and builds no tree: a line costs little more than its text.
class StringOfKey final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit StringOfKey(const std::string& key) : key_(key) {}

  bool is_object = false;
  bool has_key = false;
  std::optional<std::string> text;  // nothing where the value is no string
  std::string problem;              // why this is no JSON

  bool null() override { return pass(); }
  bool boolean(bool) override { return pass(); }
  bool number_integer(number_integer_t) override { return pass(); }
  bool number_unsigned(number_unsigned_t) override { return pass(); }
  bool number_float(number_float_t, const string_t&) override { return pass(); }
  bool binary(binary_t&) override { return pass(); }
  bool string(string_t& value) override {
    if (wanted_) text = std::move(value);
    return pass();
  }
  bool key(string_t& name) override {
    wanted_ = depth_ == 1 && name == key_;
    if (!wanted_) return true;
    has_key = true;  // of a key that is there twice, the last value counts
    text.reset();
    return true;
  }
  bool start_object(size_t) override {
    is_object = is_object || depth_ == 0;
    return open();
  }
  bool end_object() override { return close(); }
  bool start_array(size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool parse_error(size_t, const std::string&, const nlohmann::json::exception& what) override {
    problem = what.what();
    return false;
  }

 private:
  bool pass() {
    wanted_ = false;
    return true;
  }
  bool open() {
    ++depth_;
    return pass();
  }
  bool close() {
    --depth_;
    return true;
  }

  const std::string& key_;
  int64_t depth_ = 0;
  bool wanted_ = false;  // the value that comes next
};

}  // namespace

int64_t worker_threads(int64_t workers) {
  if (workers < 0) throw UsageError(format("--workers must be at least 0, got {}", workers));
  return workers > 0 ? workers : std::max<int64_t>(1, std::thread::hardware_concurrency());
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::string place_of(const TextPiece& piece, const std::string& input) {
  if (piece.member.empty()) return format("{}:{}", input, piece.number);
  return format("{}: {}", input, piece.member);
}

std::string document_text(TextPiece piece, const std::string& input, const std::string& jsonl_key) {
  if (!piece.is_json) return std::move(piece.text);
  if (is_blank(piece.text)) return {};
  const auto fail = [&](const std::string& what) { throw FormatError(format("{}: {}", place_of(piece, input), what)); };
  StringOfKey found(jsonl_key);
  if (!nlohmann::json::sax_parse(piece.text, &found)) fail(format("not valid JSON: {}", found.problem));
  if (!found.is_object) fail("not a JSON object");
  if (!found.has_key) fail(format("has no key \"{}\"; name the key of the text with --jsonl-key", jsonl_key));
  if (!found.text) fail(format("\"{}\" is no string", jsonl_key));
  return std::move(*found.text);
}

}  // namespace trireme::data
