#include "trireme/data/tokenizers/pre_tokenizer.h"

#include <array>
#include <nlohmann/json.hpp>

#include "trireme/core/error.h"

namespace trireme::data {

namespace {

using Json = nlohmann::json;

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
             what));
}

bool flag(const Json& json, const char* key, bool otherwise) { return json.value(key, otherwise); }

bool is_byte_level(const Json& json, bool use_regex) {
  if (json.value("type", "") != "ByteLevel") return false;
  if (flag(json, "add_prefix_space", true)) refuse("ByteLevel with add_prefix_space");
  return flag(json, "use_regex", true) == use_regex;
}

PreTokenizer from_split(const Json& json) {
  if (json.value("behavior", "") != "Isolated" || flag(json, "invert", false)) {
    refuse(format("Split with behavior {}", json.value("behavior", "?")));
  }
  const Json& pattern = json.at("pattern");
  if (!pattern.contains("Regex")) refuse("Split by a plain string");
  const std::string text = pattern.at("Regex");
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

PreTokenizer pre_tokenizer_from_json(const Json& json) {
  if (json.is_null()) refuse("null");
  if (is_byte_level(json, true)) return pre_tokenizer_by_name("gpt2");
  const std::string type = json.value("type", "");
  if (type != "Sequence") refuse(type);
  const Json& parts = json.at("pretokenizers");
  if (parts.size() == 2) {
    const std::string first = parts[0].value("type", "");
    if (first == "Digits" && is_byte_level(parts[1], true)) {
      if (!flag(parts[0], "individual_digits", false)) refuse("Digits without individual_digits");
      return pre_tokenizer_by_name("smollm");
    }
    if (first == "Split" && is_byte_level(parts[1], false)) return from_split(parts[0]);
  }
  std::string types;
  for (const Json& part : parts) types += (types.empty() ? "" : ", ") + part.value("type", "?");
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
