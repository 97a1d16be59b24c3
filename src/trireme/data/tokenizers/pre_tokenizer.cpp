#include "trireme/data/tokenizers/pre_tokenizer.h"

#include <array>
#include <nlohmann/json.hpp>

#include "trireme/core/error.h"
#include "trireme/core/utf8.h"
#include "trireme/formats/json_file.h"

namespace trireme::data {

using Json = nlohmann::json;
using formats::JsonObject;
using formats::JsonView;

namespace {

constexpr const char* kGpt2Pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// Hugging Face cuts at each digit first, then applies GPT-2's pattern to every stretch apart. This is both
/// in one: a stretch ends before a digit, so spaces before a digit stay whole as they do at the end of the
/// text.
constexpr const char* kSmolLmPattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+)";

constexpr const char* kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr const char* kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// tiktoken, openai_public.py; the quantifiers that give nothing back change no match.
constexpr const char* kCl100kPattern =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s)";

/// The same page: as Llama 3's, but words also end before a capital letter behind a small one.
constexpr const char* kO200kPattern =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct Known {
  PreTokenizer rule;
  const char* gguf_name;
};

const std::array<Known, 6>& known_pre_tokenizers() {
  static const std::array<Known, 6> known = {{
      {{"gpt2", kGpt2Pattern, true}, "gpt-2"},
      {{"smollm", kSmolLmPattern, true}, "smollm"},
      {{"llama3", kLlama3Pattern, true}, "llama-bpe"},
      {{"qwen2", kQwen2Pattern, true}, "qwen2"},
      {{"cl100k", kCl100kPattern, true}, "cl100k"},
      {{"o200k", kO200kPattern, true}, "gpt-4o"},
  }};
  return known;
}

[[noreturn]] void refuse(const std::string& what) {
  throw ConfigError(
      format("pre_tokenizer: {} is not supported; supported are ByteLevel (GPT-2), Digits followed by "
             "ByteLevel (SmolLM2), and Split by an expression followed by ByteLevel (Llama 3)",
             shortened(what)));
}

bool is_byte_level(const JsonObject& json, bool use_regex) {
  if (json.text_or("type", "") != "ByteLevel") return false;
  if (json.boolean_or("add_prefix_space", true)) refuse("ByteLevel with add_prefix_space");
  return json.boolean_or("use_regex", true) == use_regex;
}

PreTokenizer from_split(const JsonObject& json) {
  constexpr size_t kMaxPatternBytes = size_t{8} << 10;  // an expression takes many times its length when it is compiled
  if (json.text_or("behavior", "") != "Isolated" || json.boolean_or("invert", false)) {
    refuse(format("Split with behavior {}", json.text_or("behavior", "?")));
  }
  const JsonObject pattern = json.object("pattern");
  if (!pattern.contains("Regex")) refuse("Split by a plain string");
  const std::string text = pattern.text("Regex");
  if (text.size() > kMaxPatternBytes) refuse(format("Split by an expression of {} bytes", text.size()));
  for (const Known& known : known_pre_tokenizers()) {
    if (known.rule.pattern == text) return known.rule;
  }
  return {"custom", text, false};
}

Json byte_level(bool use_regex) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", use_regex}};
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

const PreTokenizer& pre_tokenizer_by_name(std::string_view name) {
  std::string names;
  for (const Known& known : known_pre_tokenizers()) {
    if (known.rule.name == name || known.gguf_name == name) return known.rule;
    names += (names.empty() ? "" : ", ") + known.rule.name;
  }
  throw ConfigError(format("pre-tokenizer \"{}\" is not supported; known are {}", name, names));
}

PreTokenizer pre_tokenizer_from_json(const JsonView& json, const std::string& where) {
  if (json.is_null()) refuse("null");
  const JsonObject rule(json, where, "pre_tokenizer");
  if (is_byte_level(rule, true)) return pre_tokenizer_by_name("gpt2");
  const std::string type = rule.text_or("type", "");
  if (type != "Sequence") refuse(type);
  const JsonView parts = rule.list("pretokenizers");
  if (const auto pair = parts.pair()) {
    const JsonObject first(pair->first, where, "pre_tokenizer"), second(pair->second, where, "pre_tokenizer");
    const std::string first_type = first.text_or("type", "");
    if (first_type == "Digits" && is_byte_level(second, true)) {
      if (!first.boolean_or("individual_digits", false)) refuse("Digits without individual_digits");
      return pre_tokenizer_by_name("smollm");
    }
    if (first_type == "Split" && is_byte_level(second, false)) return from_split(first);
  }
  std::string types;
  for (const JsonView& part : parts.elements()) {
    types += (types.empty() ? "" : ", ") + JsonObject(part, where, "pre_tokenizer").text_or("type", "?");
  }
  refuse("Sequence of " + types);
}

Json pre_tokenizer_to_json(const PreTokenizer& pre_tokenizer) {
  if (pre_tokenizer.name == "gpt2") return byte_level(true);
  const Json digits = {{"type", "Digits"}, {"individual_digits", true}};
  const Json split = {
      {"type", "Split"}, {"pattern", {{"Regex", pre_tokenizer.pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
  const bool smollm = pre_tokenizer.name == "smollm";
  return {{"type", "Sequence"}, {"pretokenizers", Json::array({smollm ? digits : split, byte_level(smollm)})}};
}

Regex compile_split_pattern(const PreTokenizer& pre_tokenizer) {
  std::string pattern = pre_tokenizer.pattern;
  replace_all(pattern, R"(\s)", R"(\p{White_Space})");
  replace_all(pattern, R"(\S)", R"(\P{White_Space})");
  return Regex(pattern);
}

}  // namespace trireme::data
