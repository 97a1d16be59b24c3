#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "trireme/cloud/template/write.h"
#include "trireme/core/check.h"
#include "trireme/core/hash.h"

namespace trireme::cloud {

namespace {

/// Words and numbers that some YAML reader takes for something else stay quoted: only names that start with a letter
/// and are no YAML 1.1 boolean or null go plain.
bool is_plain(const std::string& text) {
  static const std::vector<std::string> kReserved = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || !is_letter(text[0])) return false;
  const bool safe = std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/';
  });
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return safe && std::find(kReserved.begin(), kReserved.end(), lower) == kReserved.end();
}

/// Replaces what JSON leaves as it is in a string and YAML does not print ("Character Set", YAML 1.2, 5.1) or takes for
/// the end of a line (YAML 1.1): DEL, U+0080 to U+009F, U+2028, U+2029 and U+FEFF.
std::string escape_unprintable(const std::string& quoted) {
  std::string text;
  for (size_t at = 0; at < quoted.size(); ++at) {
    const std::string two = quoted.substr(at, 2), three = quoted.substr(at, 3);
    if (quoted[at] == '\x7f') {
      text += "\\u007f";
    } else if (two >= "\u0080" && two <= "\u009f") {
      text += std::string("\\u00") + (two[1] & 0x10 ? '9' : '8') + "0123456789abcdef"[two[1] & 15];
      at += 1;
    } else if (three == "\u2028" || three == "\u2029" || three == "\ufeff") {
      text += three == "\u2028" ? "\\u2028" : three == "\u2029" ? "\\u2029" : "\\ufeff";
      at += 2;
    } else {
      text += quoted[at];
    }
  }
  return text;
}

/// JSON's quoted strings are YAML's too.
std::string scalar(const std::string& text) {
  return is_plain(text) ? text : escape_unprintable(nlohmann::json(text).dump());
}

class Writer {
 public:
  explicit Writer(std::vector<Placeholder>& placeholders) : placeholders_(placeholders) {}

  void write(const Map& map, int indent) {
    std::set<std::string> keys;
    for (const Member& member : map) {
      TRIREME_CHECK(keys.insert(member.key).second, "key {} is written twice", member.key);
      start_line(indent);
      text_ += scalar(member.key) + ":";
      write_after(member.value, indent);
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void start_line(int indent) {
    if (!after_dash_) text_ += std::string(static_cast<size_t>(indent), ' ');
    after_dash_ = false;
  }

  /// What follows a key or a dash.
  void write_after(const Value& value, int indent) {
    if (const auto* map = std::get_if<Map>(&value.data()); map != nullptr && !map->empty()) {
      text_ += "\n";
      return write(*map, indent + 2);
    }
    if (const auto* list = std::get_if<List>(&value.data()); list != nullptr && !list->empty()) {
      text_ += "\n";
      return write(*list, indent + 2);
    }
    text_ += " " + inline_text(value) + "\n";
  }

  void write(const List& list, int indent) {
    for (const Value& item : list) {
      start_line(indent);
      const auto* map = std::get_if<Map>(&item.data());
      if (map == nullptr || map->empty()) {
        text_ += "-";
        write_after(item, indent);
        continue;
      }
      text_ += "- ";
      after_dash_ = true;
      write(*map, indent + 2);
    }
  }

  std::string inline_text(const Value& value) {
    if (const auto* text = std::get_if<Text>(&value.data())) return scalar(resolved(*text));
    if (const auto* flag = std::get_if<bool>(&value.data())) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<int64_t>(&value.data())) return std::to_string(*number);
    if (const auto* number = std::get_if<double>(&value.data())) return nlohmann::json(*number).dump();
    return std::holds_alternative<List>(value.data()) ? "[]" : "{}";
  }

  std::string resolved(const Text& text) {
    std::string result;
    for (const Text::Piece& piece : text.pieces()) {
      const auto* reference = std::get_if<Reference>(&piece);
      result += reference == nullptr ? std::get<std::string>(piece) : placeholder(*reference);
    }
    return result;
  }

  const std::string& placeholder(const Reference& reference) {
    TRIREME_CHECK(reference.source == Reference::Source::kImport, "YAML can't refer to {}", reference.name);
    const auto known = std::find_if(placeholders_.begin(), placeholders_.end(),
                                    [&](const Placeholder& each) { return each.source == reference.name; });
    if (known != placeholders_.end()) return known->value;
    const std::string value = form(reference);
    for (const Placeholder& other : placeholders_) {
      TRIREME_CHECK(other.value != value, "{} and {} have one placeholder", other.source, reference.name);
    }
    placeholders_.push_back({value, reference.name});
    return placeholders_.back().value;
  }

  /// A value that tools accept as one of its kind, and that no account has: ids are 17 hex digits, here 9 zeros and a
  /// hash of the export's name.
  static std::string form(const Reference& reference) {
    const std::string digits = content_hash(reference.name).substr(0, 8);
    if (reference.prefix == "arn:") return "arn:aws:secretsmanager:us-east-1:000000000000:secret:" + digits + "-000000";
    if (reference.prefix.empty()) return "placeholder-" + digits;
    return reference.prefix + "000000000" + digits;
  }

  std::vector<Placeholder>& placeholders_;
  std::string text_;
  bool after_dash_ = false;
};

}  // namespace

std::string to_yaml(const Value& value, std::vector<Placeholder>& placeholders) {
  Writer writer(placeholders);
  const auto& map = std::get<Map>(value.data());
  if (map.empty()) return "{}\n";
  writer.write(map, 0);
  return writer.take();
}

}  // namespace trireme::cloud
